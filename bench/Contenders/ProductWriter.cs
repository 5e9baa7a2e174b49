using Npgsql;

namespace LastMile.Events.Bench.Contenders;

/// <summary>The write that every contender's application makes: one product, in its own transaction.</summary>
/// <param name="database">The connection string.</param>
/// <param name="also">Further statements for the same product, in the same transaction and round trip.</param>
internal sealed class ProductWriter(string database, params string[] also) : IAsyncDisposable
{
    private readonly NpgsqlDataSource dataSource = NpgsqlDataSource.Create(database + ";Max Auto Prepare=10");
    private readonly string[] statements = ["update products set price = price + 1 where id = $1", .. also];

    /// <summary>Updates a product; completes when the commit has returned.</summary>
    public async Task UpdateAsync(int product, CancellationToken cancellationToken)
    {
        // A batch outside a transaction is its own transaction.
        await using var batch = dataSource.CreateBatch();
        foreach (var statement in statements)
        {
            batch.BatchCommands.Add(new NpgsqlBatchCommand(statement)
            {
                Parameters = { new NpgsqlParameter<int> { TypedValue = product } },
            });
        }

        await batch.ExecuteNonQueryAsync(cancellationToken);
    }

    public ValueTask DisposeAsync() => dataSource.DisposeAsync();
}
