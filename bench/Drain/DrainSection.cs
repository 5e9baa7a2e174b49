using LastMile.Events.Bench.Results;
using LastMile.Events.Bench.Running;

namespace LastMile.Events.Bench.Drain;

/// <summary>How fast a backlog goes that gathered while the Invalidator was down.</summary>
internal static class DrainSection
{
    private const string Bare = "bare claim loop";
    private const string Single = "LastMile, single-row changes";
    private const string Bulk = "LastMile, bulk updates";

    public static async Task<SectionResult> RunAsync(BenchRun run, CancellationToken cancellationToken)
    {
        var system = await run.SystemAsync(cancellationToken);
        await using var bare = await BareClaim.CreateAsync(system, cancellationToken);
        await using var backlog = await Backlog.ListenAsync(system);
        var (singles, bulk) = run.Quick ? (300_000, 1_000_000) : (500_000, 1_000_000);
        var rounds = run.Quick ? new Rounds(3, default) : new Rounds(4, default);

        run.Report($"backlogs of {singles:N0} single-row changes and of {bulk:N0} rows in bulk: {rounds.Count} rounds");
        var comparison = await Comparison.MeasureAsync("drain of a backlog", "keys/s", [Bare, Single, Bulk], rounds, MeasureAsync);
        return new SectionResult(
            "drain",
            [comparison],
            [],
            [
                new("single rows, of the bare loop's", comparison.Of(Single).Ratio, 0.8, Bound.AtLeast, "×"),
                new("bulk, of the bare single-row loop's", comparison.Of(Bulk).Ratio, 500.0 / 90, Bound.AtLeast, "×"),
            ],
            new Dictionary<string, string>(StringComparer.Ordinal));

        Task<double> MeasureAsync(string contender) => contender switch
        {
            Bare => DrainBareAsync(),
            Single => DrainAsync("backlog_of_single_rows.sql", singles),
            _ => DrainAsync("backlog_of_bulk_updates.sql", bulk),
        };

        async Task<double> DrainBareAsync()
        {
            await backlog.FillAsync(bare.Database, "backlog_of_single_rows.sql", singles, cancellationToken);
            await bare.DrainAsync(cancellationToken);
            return singles / await backlog.GoneAsync(cancellationToken);
        }

        async Task<double> DrainAsync(string sql, int keys)
        {
            await system.Invalidator.Process.StopAsync();
            await backlog.FillAsync(system.Database, sql, keys, cancellationToken);
            await system.Invalidator.Process.StartAsync(cancellationToken);
            return keys / await backlog.GoneAsync(cancellationToken);
        }
    }
}
