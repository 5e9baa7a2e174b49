using System.Diagnostics;
using LastMile.Events.Bench.Running;
using Npgsql;

namespace LastMile.Events.Bench.Cache.Staleness;

/// <summary>
/// Products whose price rises with each change, so that it is a version, and the time at which each commit was acknowledged.
/// </summary>
internal sealed class ProductVersions(string database) : IAsyncDisposable
{
    /// <summary>The number of products that are changed and read.</summary>
    public const int Count = 200;

    private static readonly string Change = Resource.Read("change_product.sql");
    private static readonly string Load = Resource.Read("load_product.sql");

    private readonly NpgsqlDataSource dataSource = NpgsqlDataSource.Create(database + ";Max Auto Prepare=10");
    private readonly History[] histories = [.. Enumerable.Range(0, Count + 1).Select(_ => new History())];

    /// <summary>Changes a product; completes when the commit is acknowledged.</summary>
    public async Task ChangeAsync(int id, CancellationToken cancellationToken)
    {
        await using var command = CommandFor(Change, id);
        var version = (decimal)(await command.ExecuteScalarAsync(cancellationToken))!;
        histories[id].Acknowledge(version);
    }

    /// <summary>Loads a product from the database.</summary>
    public async ValueTask<Product> LoadAsync(int id, CancellationToken cancellationToken)
    {
        await using var command = CommandFor(Load, id);
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        await row.ReadAsync(cancellationToken);
        return new Product(row.GetInt32(0), row.GetString(1), row.GetString(2), row.GetDecimal(3), row.GetInt32(4));
    }

    /// <summary>Returns the time from the acknowledgement of the commit that replaced a product to the beginning of a read.</summary>
    /// <param name="product">The product that was read.</param>
    /// <param name="readAt">The timestamp at which the read began.</param>
    /// <returns>The age; null if the product was current then, or not known to be replaced.</returns>
    public TimeSpan? AgeOf(Product product, long readAt) => histories[product.Id].AgeOf(product.Price, readAt);

    public ValueTask DisposeAsync() => dataSource.DisposeAsync();

    private NpgsqlCommand CommandFor(string sql, int id)
    {
        var command = dataSource.CreateCommand(sql);
        command.Parameters.Add(new NpgsqlParameter<int> { TypedValue = id });
        return command;
    }

    /// <summary>The commits of one product, in the order of their acknowledgements. Thread-safe.</summary>
    private sealed class History
    {
        private readonly Lock gate = new();
        private readonly List<(decimal Version, long At)> commits = [];

        // Under the lock, so that a read that began after the timestamp finds the commit.
        public void Acknowledge(decimal version)
        {
            lock (gate)
                commits.Add((version, Stopwatch.GetTimestamp()));
        }

        public TimeSpan? AgeOf(decimal version, long readAt)
        {
            lock (gate)
            {
                foreach (var commit in commits)
                {
                    if (commit.Version > version)
                        return commit.At < readAt ? Stopwatch.GetElapsedTime(commit.At, readAt) : null;
                }

                return null;
            }
        }
    }
}
