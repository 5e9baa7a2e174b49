using LastMile.Events.Bench.Contenders;
using LastMile.Events.Bench.Results;
using LastMile.Events.Bench.Running;

namespace LastMile.Events.Bench.Latency;

/// <summary>Measures the time from a commit until the key is gone in a region, against a bare loop and alternatives.</summary>
internal static class LatencySection
{
    public static async Task<SectionResult> RunAsync(BenchRun run, CancellationToken cancellationToken)
    {
        var system = await run.SystemAsync(cancellationToken);
        await using var floor = await BareStream.StartAsync(system, cancellationToken);
        await using var lastMile = new LastMileContender(system);
        await using var published = await PublishedChange.StartAsync(system, cancellationToken);
        await using var polled = await PolledOutbox.StartAsync(system, cancellationToken);
        await using var probe = await LatencyProbe.StartAsync(system.Servers.Regions);

        var slow = await CompareAsync(50, floor, lastMile, published, polled);
        // Without the polled outbox: at 100 rows per second it would never catch up.
        var fast = await CompareAsync(1_000, floor, lastMile, published);
        return new SectionResult("latency", [], [slow, fast], Targets(), Settings());

        async Task<LatencyComparison> CompareAsync(int perSecond, params IContender[] contenders)
        {
            run.Report($"commit to gone at {perSecond:N0} changes/s: {run.Rounds.Count} rounds of {contenders.Length} contenders");
            var turns = await LatencyRounds.MeasureAsync(probe, contenders, perSecond, run.Rounds, cancellationToken);
            return new LatencyComparison(
                $"commit to gone at {perSecond:N0} changes/s",
                [.. contenders.Select(contender => new LatencyContender(contender.Name, [.. turns[contender].Select(OfAllRegions)]))]);
        }

        Target[] Targets()
        {
            var (floorSlow, ours) = (slow.Of(floor.Name), slow.Of(lastMile.Name));
            return
            [
                new("p50 at 50/s, relative to the floor", ours.P50 / floorSlow.P50, 2, Bound.AtMost, "×"),
                new("p99 at 50/s, relative to the floor", ours.P99 / floorSlow.P99, 3, Bound.AtMost, "×"),
                new("p50 at 50/s, relative to publishing after the commit", ours.P50 / slow.Of(published.Name).P50, 1, Bound.AtMost, "×"),
                new(
                    "p50 at 50/s of the polled outbox, relative to LastMile",
                    slow.Of(polled.Name).P50 / ours.P50,
                    200,
                    Bound.AtLeast,
                    "×"),
                new("p99 at 1,000/s, above the floor's", fast.Of(lastMile.Name).P99 - fast.Of(floor.Name).P99, 10, Bound.AtMost, "ms"),
            ];
        }
    }

    private static double[] OfAllRegions(IReadOnlyList<double[]> regions) => [.. regions.SelectMany(region => region)];

    private static Dictionary<string, string> Settings() => new(StringComparer.Ordinal)
    {
        ["write"] = "all contenders run the same statement with plain Npgsql, where an application would call EF Core's SaveChanges; "
            + "this favors the peers",
        ["peers"] = RegionConsumers.Setup,
        ["polled outbox"] = PolledOutbox.Setup + ". Only at 50 changes/s, because it publishes 100 per second",
        ["Wolverine"] = Wolverine.Ratios,
    };
}
