using LastMile.Events.Bench.Contenders;
using LastMile.Events.Bench.Results;
using LastMile.Events.Bench.Running;

namespace LastMile.Events.Bench.Latency;

/// <summary>From a commit to the key's end in a region, against a bare loop and against other ways.</summary>
internal static class LatencySection
{
    public static async Task<SectionResult> RunAsync(BenchRun run, CancellationToken cancellationToken)
    {
        var system = await run.SystemAsync(cancellationToken);
        await using var floor = await BareStream.StartAsync(system, cancellationToken);
        await using var lastMile = new LastMileContender(system);
        await using var probe = await LatencyProbe.StartAsync(system.Servers.Regions);
        IContender[] contenders = [floor, lastMile];

        var slow = await CompareAsync(50);
        var fast = await CompareAsync(1_000);
        return new SectionResult(
            "latency",
            [],
            [slow, fast],
            [
                new("p50 at 50/s over the floor's", Of(slow).P50 / slow.Contenders[0].P50, 2, Bound.AtMost, "×"),
                new("p99 at 50/s over the floor's", Of(slow).P99 / slow.Contenders[0].P99, 3, Bound.AtMost, "×"),
                new("p99 at 1,000/s beyond the floor's", Of(fast).P99 - fast.Contenders[0].P99, 10, Bound.AtMost, "ms"),
            ],
            new Dictionary<string, string>(StringComparer.Ordinal));

        LatencyContender Of(LatencyComparison comparison) => comparison.Of(lastMile.Name);

        async Task<LatencyComparison> CompareAsync(int perSecond)
        {
            run.Report($"commit to gone at {perSecond:N0} changes/s: {run.Rounds.Count} rounds of {contenders.Length} contenders");
            var turns = await LatencyRounds.MeasureAsync(probe, contenders, perSecond, run.Rounds, cancellationToken);
            return new LatencyComparison(
                $"commit to gone at {perSecond:N0} changes/s",
                [.. contenders.Select(contender => new LatencyContender(contender.Name, [.. turns[contender].Select(OfAllRegions)]))]);
        }
    }

    private static double[] OfAllRegions(IReadOnlyList<double[]> regions) => [.. regions.SelectMany(region => region)];
}
