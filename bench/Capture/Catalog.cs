using System.Diagnostics;
using LastMile.Events.Bench.Running;
using LastMile.Events.Postgres;
using Npgsql;

namespace LastMile.Events.Bench.Capture;

/// <summary>The tables, and the work done on them.</summary>
internal sealed class Catalog : IAsyncDisposable
{
    public const int Writers = 8;
    private const int Rows = 100_000;

    private readonly NpgsqlDataSource dataSource;

    private Catalog(string connectionString) =>
        dataSource = NpgsqlDataSource.Create(connectionString + ";Command Timeout=120");

    public static async Task<Catalog> CreateAsync(string connectionString, CancellationToken cancellationToken)
    {
        var catalog = new Catalog(connectionString);
        await OutboxSchema.InstallAsync(catalog.dataSource, cancellationToken);
        await catalog.ExecuteAsync(Resource.Read("tables.sql"), cancellationToken);
        return catalog;
    }

    /// <summary>Removes the leftovers of the last turn: outbox rows, dead rows, dirty pages.</summary>
    public async Task CleanUpAsync(string table, CancellationToken cancellationToken)
    {
        await ExecuteAsync("truncate lastmile.outbox", cancellationToken);
        await ExecuteAsync($"vacuum analyze {table}", cancellationToken);
        await ExecuteAsync("checkpoint", cancellationToken);
    }

    /// <summary>Has every writer update one row after another, each in its own transaction.</summary>
    /// <returns>Transactions per second, all writers together.</returns>
    public async Task<double> UpdateOneByOneAsync(string table, string assignment, TimeSpan duration, CancellationToken cancellationToken)
    {
        var watch = Stopwatch.StartNew();
        var counts = await Task.WhenAll(Enumerable.Range(0, Writers).Select(_ => Task.Run(WriteAsync, cancellationToken)));
        return counts.Sum() / watch.Elapsed.TotalSeconds;

        async Task<int> WriteAsync()
        {
            await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
            await using var update = new NpgsqlCommand($"update {table} set {assignment} where id = $1", connection)
            {
                Parameters = { new NpgsqlParameter<int>() },
            };
            await update.PrepareAsync(cancellationToken);
            var count = 0;
            for (; watch.Elapsed < duration; count++)
            {
                ((NpgsqlParameter<int>)update.Parameters[0]).TypedValue = Random.Shared.Next(Rows) + 1;
                await update.ExecuteNonQueryAsync(cancellationToken);
            }

            return count;
        }
    }

    /// <summary>Updates all rows with one statement.</summary>
    /// <returns>The duration in milliseconds.</returns>
    public async Task<double> UpdateAllAsync(string table, CancellationToken cancellationToken)
    {
        var watch = Stopwatch.StartNew();
        await ExecuteAsync($"update {table} set price = price + 1", cancellationToken);
        return watch.Elapsed.TotalMilliseconds;
    }

    public ValueTask DisposeAsync() => dataSource.DisposeAsync();

    private async Task ExecuteAsync(string sql, CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand(sql);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }
}
