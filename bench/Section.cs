using LastMile.Events.Bench.Bus;
using LastMile.Events.Bench.Capture;
using LastMile.Events.Bench.Drain;
using LastMile.Events.Bench.Idle;
using LastMile.Events.Bench.Latency;
using LastMile.Events.Bench.Regions;
using LastMile.Events.Bench.Replication;
using LastMile.Events.Bench.Results;
using LastMile.Events.Bench.Running;
using LastMile.Events.Bench.Wan;

namespace LastMile.Events.Bench;

/// <summary>One part of the benchmark, which can be run by itself.</summary>
/// <param name="Name">As <c>latency</c>.</param>
/// <param name="Question">What it answers, for people.</param>
/// <param name="RunAsync">Measures.</param>
internal sealed record Section(string Name, string Question, Func<BenchRun, CancellationToken, Task<SectionResult>> RunAsync)
{
    /// <summary>All of them, in the order in which they run.</summary>
    public static IReadOnlyList<Section> All { get; } =
    [
        new("latency", "From a commit to the key's end in a region, against a bare loop and against other ways.", LatencySection.RunAsync),
        new("drain", "How fast a backlog goes that gathered while the Invalidator was down.", DrainSection.RunAsync),
        new("bus", "Published changes, from RabbitMQ to purged, against a consumer that does nothing with them.", BusSection.RunAsync),
        new("capture", "What a captured table costs its writers.", CaptureSection.RunAsync),
        new("replication", "What a purged key costs the replication link and the primary.", ReplicationSection.RunAsync),
        new("regions", "What more regions cost: 1, 3, 10 and 30.", RegionsSection.RunAsync),
        new("wan", "How much longer than the line a purge takes to a far region.", WanSection.RunAsync),
        new("idle", "What the services use, and ask of the servers, when nothing changes.", IdleSection.RunAsync),
    ];
}
