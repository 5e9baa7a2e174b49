using Npgsql;

namespace LastMile.Events.Bench.Contenders;

/// <summary>The write that every contender's application does: one product, in a transaction of its own.</summary>
internal sealed class ProductWriter(string database) : IAsyncDisposable
{
    private readonly NpgsqlDataSource dataSource = NpgsqlDataSource.Create(database + ";Max Auto Prepare=10");

    /// <summary>Updates a product; ends when the commit has returned.</summary>
    public async Task UpdateAsync(int product, CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand("update products set price = price + 1 where id = $1");
        command.Parameters.Add(new NpgsqlParameter<int> { TypedValue = product });
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    public ValueTask DisposeAsync() => dataSource.DisposeAsync();
}
