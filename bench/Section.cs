using LastMile.Events.Bench.Bus;
using LastMile.Events.Bench.Cache;
using LastMile.Events.Bench.Capture;
using LastMile.Events.Bench.Drain;
using LastMile.Events.Bench.Idle;
using LastMile.Events.Bench.Latency;
using LastMile.Events.Bench.Numbering;
using LastMile.Events.Bench.Regions;
using LastMile.Events.Bench.Replication;
using LastMile.Events.Bench.Results;
using LastMile.Events.Bench.Running;
using LastMile.Events.Bench.Wan;

namespace LastMile.Events.Bench;

/// <summary>One part of the benchmark, which can run alone.</summary>
/// <param name="Name">The name, such as <c>latency</c>.</param>
/// <param name="Question">The question it answers, for people.</param>
/// <param name="RunAsync">Runs the measurement.</param>
internal sealed record Section(string Name, string Question, Func<BenchRun, CancellationToken, Task<SectionResult>> RunAsync)
{
    /// <summary>All sections, in the order in which they run.</summary>
    public static IReadOnlyList<Section> All { get; } =
    [
        new(
            "latency",
            "How soon after a commit its key is gone in a region, compared with a bare loop and alternatives.",
            LatencySection.RunAsync),
        new("drain", "How fast a backlog drains that built up while the Invalidator was down.", DrainSection.RunAsync),
        new(
            "numbering",
            "How soon and how fast purges reach an independent region with a Redis primary, and without one.",
            NumberingSection.RunAsync),
        new("bus", "How fast published changes are purged, compared with a consumer that ignores them.", BusSection.RunAsync),
        new("capture", "How much capture slows the writers of a table.", CaptureSection.RunAsync),
        new("replication", "How much a purged key costs the replication link and the primary.", ReplicationSection.RunAsync),
        new("regions", "How the cost grows with 1, 3, 10, and 30 regions.", RegionsSection.RunAsync),
        new("wan", "How much longer than the line's one-way delay a purge takes to reach a distant region.", WanSection.RunAsync),
        new(
            "cache",
            "How fast readers get values through the cache, and how often old ones, compared with other caches.",
            CacheSection.RunAsync),
        new("idle", "How much the services use, and how much load they put on the servers, when nothing changes.", IdleSection.RunAsync),
    ];
}
