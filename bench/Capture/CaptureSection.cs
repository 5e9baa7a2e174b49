using LastMile.Events.Bench.Results;
using LastMile.Events.Bench.Running;
using LastMile.Events.Fabric;

namespace LastMile.Events.Bench.Capture;

/// <summary>Measures the cost of capture for writers: the same writes to the same table with and without capture.</summary>
internal static class CaptureSection
{
    private static readonly string[] Tables = ["bare", "least", "captured", "captured_by_key"];

    public static async Task<SectionResult> RunAsync(BenchRun run, CancellationToken cancellationToken)
    {
        var rounds = run.Rounds;
        using var folder = RunFolder.Create();
        await using var servers = ServerChoice.Open(await ServerChoice.DecideAsync(cancellationToken), folder.Path);
        run.Report($"Starting PostgreSQL from {servers.Description}");
        var postgres = await servers.StartPostgresAsync(cancellationToken);
        await using var catalog = await Catalog.CreateAsync(postgres.ConnectionString, cancellationToken);

        var single = await SingleRowsAsync("single-row updates", "price = price + 1");
        var ignored = await SingleRowsAsync("single-row updates of an ignored column", "views = views + 1");
        var bulk = await CompareAsync("one update of 100,000 rows", "ms", table => catalog.UpdateAllAsync(table, cancellationToken));
        return new SectionResult(
            "capture",
            [single, ignored, bulk],
            [],
            [
                new("single-row updates when captured, relative to the bare table", single.Of("captured").Ratio, 0.88, Bound.AtLeast, "×"),
                new("one update of 100,000 rows, time relative to the bare table", bulk.Of("captured").Ratio, 1.8, Bound.AtMost, "×"),
            ],
            new Dictionary<string, string>(StringComparer.Ordinal) { ["writers"] = $"{Catalog.Writers}" });

        Task<Comparison> SingleRowsAsync(string work, string assignment) => CompareAsync(
            $"{work}, {Catalog.Writers} writers",
            "transactions/s",
            table => catalog.UpdateOneByOneAsync(table, assignment, rounds.Slice, cancellationToken));

        async Task<Comparison> CompareAsync(string work, string unit, Func<string, Task<double>> measure)
        {
            run.Report($"{work}: {rounds.Count} rounds");
            return await Comparison.MeasureAsync(work, unit, Tables, rounds, async table =>
            {
                await catalog.CleanUpAsync(table, cancellationToken);
                return await measure(table);
            });
        }
    }
}
