using LastMile.Events.Bench.Contenders;
using LastMile.Events.Bench.Latency;
using LastMile.Events.Bench.Results;
using LastMile.Events.Bench.Running;
using LastMile.Events.Fabric;

namespace LastMile.Events.Bench.Regions;

/// <summary>
/// Measures the cost of more regions: the time until the slowest has dropped a key, and the resource usage of the primary, the Invalidator,
/// and one agent.
/// </summary>
internal static class RegionsSection
{
    private const int PerSecond = 50;

    private static readonly TimeSpan FirstPurges = TimeSpan.FromSeconds(0.2);
    private static readonly int[] Counts = [1, 3, 10, 30];

    private static readonly Quantity[] Quantities =
    [
        CpuOf("the primary"), MemoryOf("the primary"),
        CpuOf("the Invalidator"), MemoryOf("the Invalidator"),
        CpuOf("the first region's agent"), MemoryOf("the first region's agent"),
        CpuOf("the regions' Redis together"),
    ];

    public static async Task<SectionResult> RunAsync(BenchRun run, CancellationToken cancellationToken)
    {
        var names = Enumerable.Range(1, Counts[^1]).Select(n => $"r{n:00}").ToList();
        await using var system = await BenchSystem.StartAsync(
            new FabricOptions { Regions = names, Links = false }, run, cancellationToken, agents: 1);
        await using var followers = await Followers.ConnectAsync(system.Servers.Regions);
        await using var meter = await RegionsMeter.ConnectAsync(system, followers);
        await using var floor = await BareStream.StartAsync(system, cancellationToken);
        await using var lastMile = new LastMileContender(system);
        IContender[] contenders = [floor, lastMile];
        var slowest = Counts.ToDictionary(
            count => count, _ => contenders.ToDictionary(contender => contender, _ => new List<IReadOnlyList<double>>()));

        run.Report($"commit to gone in the slowest region at {PerSecond} changes/s: "
            + $"{run.Rounds.Count} rounds of {string.Join(", ", Counts)} regions");
        var uses = await Comparison.MeasureAsync(
            Quantities, [.. Counts.Select(NameOf)], run.Rounds, name => TurnAsync(Counts.First(count => NameOf(count) == name)));
        var latencies = contenders.Select(CompareOf).ToList();
        return new SectionResult(
            "regions",
            uses,
            latencies,
            [
                new(
                    "p50 of the slowest of 30 regions, relative to the slowest of 3",
                    latencies[1].Of(NameOf(30)).P50 / latencies[1].Of(NameOf(3)).P50,
                    2,
                    Bound.AtMost,
                    "×"),
            ],
            new Dictionary<string, string>(StringComparer.Ordinal)
            {
                ["regions"] = "writable replicas of one primary, connected directly, all on this machine; "
                    + "the regions not in use are disconnected from it",
                ["agents"] = "one, in the first region",
            });

        async Task<IReadOnlyList<double>> TurnAsync(int count)
        {
            await using var probe = await LatencyProbe.StartAsync(await followers.FollowAsync(count, cancellationToken));
            // A replica that reports being in sync may not receive the stream yet; once it has applied a purge, it does.
            await probe.MeasureAsync(lastMile, PerSecond, FirstPurges, cancellationToken);

            slowest[count][floor].Add(Slowest(await probe.MeasureAsync(floor, PerSecond, run.Rounds.Slice, cancellationToken)));
            var before = await meter.ReadAsync(count);
            var changes = Slowest(await probe.MeasureAsync(lastMile, PerSecond, run.Rounds.Slice, cancellationToken));
            var after = await meter.ReadAsync(count);
            slowest[count][lastMile].Add(changes);
            return RegionsMeter.Use(before, after, changes.Length);
        }

        // The first round is not counted, as in the usage figures.
        LatencyComparison CompareOf(IContender contender) => new(
            $"{contender.Name}: commit to gone in the slowest region at {PerSecond} changes/s",
            [.. Counts.Select(count => new LatencyContender(NameOf(count), slowest[count][contender][1..]))]);
    }

    private static string NameOf(int regions) => regions == 1 ? "1 region" : $"{regions} regions";

    private static Quantity CpuOf(string part) => new($"CPU of {part} at {PerSecond} changes/s", "ms per 1,000 changes");

    private static Quantity MemoryOf(string part) => new($"memory of {part}", "MB");

    private static double[] Slowest(IReadOnlyList<double[]> regions) =>
        [.. Enumerable.Range(0, regions[0].Length).Select(change => regions.Max(region => region[change]))];
}
