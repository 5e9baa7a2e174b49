using LastMile.Events.Bench.Results;
using LastMile.Events.Bench.Running;

namespace LastMile.Events.Bench.Replication;

/// <summary>Measures the cost of a purged key on the replication link and the primary.</summary>
internal static class ReplicationSection
{
    private const int TargetBeyondKey = 12;
    private const int AcknowledgeWithinMilliseconds = 30_000;

    private static readonly Quantity[] Quantities =
    [
        new("replication stream, including the key", "bytes per key"),
        new("CPU of the primary", "µs per 1,000 keys"),
        new("gone in the regions", "% of the keys"),
    ];

    public static async Task<SectionResult> RunAsync(BenchRun run, CancellationToken cancellationToken)
    {
        var system = await run.SystemAsync(cancellationToken);
        await using var cached = await CachedProducts.StartAsync(system.Servers.Regions);
        await using var primary = await RedisAdmin.ConnectAsync(system.Servers.Primary);
        var ways = await PurgeWays.OpenAsync(system, cached, primary.Database);

        run.Report($"{PurgeWays.Products.Length:N0} keys that only the regions hold: "
            + $"{run.Rounds.Count} rounds of {PurgeWays.Names.Count} ways");
        var comparisons = await Comparison.MeasureAsync(Quantities, PurgeWays.Names, run.Rounds, TurnAsync);
        return new SectionResult(
            "replication",
            comparisons,
            [],
            [Beyond(PurgeWays.By500), Beyond(PurgeWays.By5000), Beyond(PurgeWays.Whole)],
            new Dictionary<string, string>(StringComparer.Ordinal)
            {
                ["keys"] = $"{PurgeWays.Products.Length:N0} of {PurgeWays.KeyLength:0.0} bytes on average",
                ["regions"] = $"{system.Servers.Regions.Count}",
            });

        Target Beyond(string way) => new(
            $"stream per key, beyond the key itself: {way}",
            comparisons[0].Of(way).Median - PurgeWays.KeyLength,
            TargetBeyondKey,
            Bound.AtMost,
            "bytes");

        async Task<IReadOnlyList<double>> TurnAsync(string way)
        {
            await cached.FillAsync(PurgeWays.Products);
            var before = await primary.UsageAsync();
            await ways.PurgeAsync(way, cancellationToken);
            // Read before WAIT, which itself writes to the stream.
            var purged = await primary.UsageAsync();
            await primary.Server.ExecuteAsync("WAIT", system.Servers.Regions.Count, AcknowledgeWithinMilliseconds);
            var sent = await primary.UsageAsync();
            return
            [
                (double)(purged.StreamBytes - before.StreamBytes) / PurgeWays.Products.Length,
                (sent.Cpu - before.Cpu).TotalMicroseconds / PurgeWays.Products.Length * 1_000,
                await cached.ShareGoneAsync(PurgeWays.Products) * 100,
            ];
        }
    }
}
