using LastMile.Events.Bench.Contenders;
using LastMile.Events.Bench.Latency;
using LastMile.Events.Bench.Results;
using LastMile.Events.Bench.Running;
using LastMile.Events.Fabric;

namespace LastMile.Events.Bench.Wan;

/// <summary>
/// Measures how much longer than the line's one-way delay a purge takes to reach a distant region: the time from the commit until the key
/// is gone, minus that delay.
/// </summary>
internal static class WanSection
{
    private const int PerSecond = 50;

    private static readonly (string Region, int Milliseconds)[] Lines = [("ams", 40), ("iad", 80), ("syd", 125)];

    public static async Task<SectionResult> RunAsync(BenchRun run, CancellationToken cancellationToken)
    {
        await using var system = await BenchSystem.StartAsync(
            new FabricOptions { Regions = [.. Lines.Select(line => line.Region)] }, run, cancellationToken, agents: 0);
        foreach (var (region, (_, milliseconds)) in system.Servers.Regions.Zip(Lines))
            region.Link!.Delay = TimeSpan.FromMilliseconds(milliseconds);
        await using var floor = await BareStream.StartAsync(system, cancellationToken);
        await using var lastMile = new LastMileContender(system);
        await using var probe = await LatencyProbe.StartAsync(system.Servers.Regions);
        IContender[] contenders = [floor, lastMile];

        run.Report($"commit to gone at {PerSecond} changes/s over slow lines: {run.Rounds.Count} rounds of {contenders.Length} contenders");
        var turns = await LatencyRounds.MeasureAsync(probe, contenders, PerSecond, run.Rounds, cancellationToken);
        var lines = Lines
            .Select((line, i) => new LatencyComparison(
                $"commit to gone over {line.Milliseconds} ms one way, minus that delay",
                [
                    .. contenders.Select(contender =>
                        new LatencyContender(contender.Name, Beyond(turns[contender], i, line.Milliseconds))),
                ]))
            .ToList();
        return new SectionResult(
            "wan",
            [],
            lines,
            [.. lines.Zip(Lines).SelectMany(pair => Targets(pair.First.Of(lastMile.Name), pair.Second.Milliseconds))],
            new Dictionary<string, string>(StringComparer.Ordinal)
            {
                ["lines"] = "relays on loopback that delay every byte by the line's one-way time in each direction",
            });
    }

    private static List<double[]> Beyond(IReadOnlyList<IReadOnlyList<double[]>> rounds, int region, int milliseconds) =>
        [.. rounds.Select(regions => Array.ConvertAll(regions[region], latency => latency - milliseconds))];

    private static Target[] Targets(LatencyContender lastMile, int milliseconds) =>
    [
        new($"p50 beyond {milliseconds} ms one way", lastMile.P50, 5, Bound.AtMost, "ms"),
        new($"p99 beyond {milliseconds} ms one way", lastMile.P99, 15, Bound.AtMost, "ms"),
    ];
}
