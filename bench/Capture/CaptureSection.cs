using LastMile.Events.Fabric;
using Spectre.Console;

namespace LastMile.Events.Bench.Capture;

/// <summary>What a captured table costs its writers: the same writes on the same table with and without capture.</summary>
internal static class CaptureSection
{
    public const string Name = "capture";

    private static readonly string[] Tables = ["bare", "least", "captured", "captured_by_key"];

    public static async Task<IReadOnlyList<Comparison>> RunAsync(Rounds rounds, CancellationToken cancellationToken)
    {
        using var folder = RunFolder.Create();
        await using var servers = ServerChoice.Open(await ServerChoice.DecideAsync(cancellationToken), folder.Path);
        AnsiConsole.WriteLine($"Starting PostgreSQL from {servers.Description}");
        await using var catalog = await Catalog.CreateAsync((await servers.StartPostgresAsync(cancellationToken)).ConnectionString, cancellationToken);

        return
        [
            await SingleRowsAsync("single-row updates", "price = price + 1"),
            await SingleRowsAsync("single-row updates of an ignored column", "views = views + 1"),
            await CompareAsync("one update of 100,000 rows", "ms", table => catalog.UpdateAllAsync(table, cancellationToken)),
        ];

        Task<Comparison> SingleRowsAsync(string work, string assignment) => CompareAsync(
            $"{work}, {Catalog.Writers} writers", "transactions/s", table => catalog.UpdateOneByOneAsync(table, assignment, rounds.Slice, cancellationToken));

        async Task<Comparison> CompareAsync(string work, string unit, Func<string, Task<double>> measure)
        {
            AnsiConsole.WriteLine($"{work}: {rounds.Count} rounds");
            return await Comparison.MeasureAsync(work, unit, Tables, rounds, async table =>
            {
                await catalog.PutInOrderAsync(table, cancellationToken);
                return await measure(table);
            });
        }
    }
}
