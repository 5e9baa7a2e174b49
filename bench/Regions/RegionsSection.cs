using LastMile.Events.Bench.Contenders;
using LastMile.Events.Bench.Latency;
using LastMile.Events.Bench.Results;
using LastMile.Events.Bench.Running;
using LastMile.Events.Fabric;

namespace LastMile.Events.Bench.Regions;

/// <summary>What more regions cost: the time until the slowest has dropped a key, and what primary, Invalidator and one agent use for it.</summary>
internal static class RegionsSection
{
    private const int PerSecond = 50;
    private const int Megabyte = 1_000_000;

    private static readonly TimeSpan FirstPurges = TimeSpan.FromSeconds(0.2);
    private static readonly int[] Counts = [1, 3, 10, 30];

    private static readonly Figure[] Figures =
    [
        .. Of("the primary"), .. Of("the Invalidator"), .. Of("the first region's agent"),
    ];

    public static async Task<SectionResult> RunAsync(BenchRun run, CancellationToken cancellationToken)
    {
        var names = Enumerable.Range(1, Counts[^1]).Select(n => $"r{n:00}").ToList();
        await using var system = await BenchSystem.StartAsync(new FabricOptions { Regions = names, Links = false }, run, cancellationToken, agents: 1);
        await using var followers = await Followers.ConnectAsync(system.Servers.Regions);
        await using var primary = await RedisAdmin.ConnectAsync(system.Servers.Primary);
        await using var lastMile = new LastMileContender(system);
        var latencies = Counts.ToDictionary(count => count, _ => new List<IReadOnlyList<double>>());

        run.Report($"commit to gone in the slowest region at {PerSecond} changes/s: {run.Rounds.Count} rounds of {string.Join(", ", Counts)} regions");
        var uses = await Comparison.MeasureAsync(Figures, [.. Counts.Select(NameOf)], run.Rounds, name => TurnAsync(Counts.First(count => NameOf(count) == name)));
        // As of the uses, the first round is not counted.
        var slowest = new LatencyComparison(
            $"commit to gone in the slowest region at {PerSecond} changes/s",
            [.. Counts.Select(count => new LatencyContender(NameOf(count), latencies[count][1..]))]);
        return new SectionResult(
            "regions",
            uses,
            [slowest],
            [new("p50 of the slowest of 30 regions over that of the slowest of 3", slowest.Of(NameOf(30)).P50 / slowest.Of(NameOf(3)).P50, 2, Bound.AtMost, "×")],
            new Dictionary<string, string>(StringComparer.Ordinal) { ["regions"] = "writable replicas of one primary, directly; those that do not take part are kept from it; one agent, in the first" });

        async Task<IReadOnlyList<double>> TurnAsync(int count)
        {
            await using var probe = await LatencyProbe.StartAsync(await followers.FollowAsync(count, cancellationToken));
            // A replica in sync may still wait for its stream: when it has heard of a purge, it does not.
            await probe.MeasureAsync(lastMile, PerSecond, FirstPurges, cancellationToken);

            var before = await UsageAsync();
            var regions = await probe.MeasureAsync(lastMile, PerSecond, run.Rounds.Slice, cancellationToken);
            var after = await UsageAsync();
            latencies[count].Add(Slowest(regions));
            return [.. before.Zip(after).SelectMany(pair => Use(pair.First, pair.Second, regions[0].Length))];
        }

        async Task<(TimeSpan Cpu, long Memory)[]> UsageAsync()
        {
            var (redis, invalidator, agent) = (await primary.UsageAsync(), ProcessUsage.Of(system.Invalidator), ProcessUsage.Of(system.Agents[0]));
            return [(redis.Cpu, redis.Memory), (invalidator.Cpu, invalidator.Memory), (agent.Cpu, agent.Memory)];
        }
    }

    private static string NameOf(int regions) => regions == 1 ? "1 region" : $"{regions} regions";

    private static Figure[] Of(string who) => [new($"CPU of {who} at {PerSecond} changes/s", "ms per 1,000 changes"), new($"memory of {who}", "MB")];

    private static double[] Slowest(IReadOnlyList<double[]> regions) =>
        [.. Enumerable.Range(0, regions[0].Length).Select(change => regions.Max(region => region[change]))];

    private static double[] Use((TimeSpan Cpu, long Memory) before, (TimeSpan Cpu, long Memory) after, int changes) =>
        [(after.Cpu - before.Cpu).TotalMilliseconds / changes * 1_000, (double)after.Memory / Megabyte];
}
