using System.Collections.Concurrent;
using Npgsql;
using NpgsqlTypes;

namespace LastMile.Events.Chaos.Load;

/// <summary>Adds products with COPY, and later deletes the oldest of them.</summary>
internal sealed class CopyWriter(Shop shop) : Writer(shop)
{
    private const int FirstProduct = 1_000_000;
    private const int Batch = 10;
    private const int Kept = 20;

    private readonly ConcurrentQueue<int> batches = new();
    private int next = FirstProduct;

    protected override TimeSpan Pace => TimeSpan.FromMilliseconds(400);

    /// <summary>The last product that it added; null before the first.</summary>
    public int? Newest => next == FirstProduct ? null : next - 1;

    protected override async Task ChangeAsync(CancellationToken cancellationToken)
    {
        var first = next;
        if (await TryAsync(() => CopyAsync(first, cancellationToken), cancellationToken))
            batches.Enqueue(first);
        // Products of a commit with an unknown outcome may stay, because the oracle reads the actual rows.
        next += Batch;
        if (batches.Count > Kept && batches.TryDequeue(out var oldest))
            await UntilDoneAsync(() => DeleteAsync(oldest, cancellationToken), cancellationToken);
    }

    private async Task CopyAsync(int first, CancellationToken cancellationToken)
    {
        await using var connection = await Shop.Source.OpenConnectionAsync(cancellationToken);
        await using var copy = await connection.BeginBinaryImportAsync(
            "copy products (id, slug, name, price, category_id, views) from stdin (format binary)", cancellationToken);
        for (var id = first; id < first + Batch; id++)
            await WriteAsync(copy, id, cancellationToken);
        await copy.CompleteAsync(cancellationToken);
    }

    private static async Task WriteAsync(NpgsqlBinaryImporter copy, int id, CancellationToken cancellationToken)
    {
        await copy.StartRowAsync(cancellationToken);
        await copy.WriteAsync(id, NpgsqlDbType.Integer, cancellationToken);
        await copy.WriteAsync(Shop.SlugOf(id, 1), NpgsqlDbType.Varchar, cancellationToken);
        await copy.WriteAsync($"Product {id}", NpgsqlDbType.Varchar, cancellationToken);
        await copy.WriteAsync(1m, NpgsqlDbType.Numeric, cancellationToken);
        await copy.WriteAsync(Shop.CategoryOf(id), NpgsqlDbType.Integer, cancellationToken);
        await copy.WriteAsync(0L, NpgsqlDbType.Bigint, cancellationToken);
    }

    private async Task DeleteAsync(int first, CancellationToken cancellationToken)
    {
        await using var command = Shop.Source.CreateCommand("delete from products where id >= $1 and id < $2");
        command.Parameters.Add(new() { Value = first });
        command.Parameters.Add(new() { Value = first + Batch });
        await command.ExecuteNonQueryAsync(cancellationToken);
    }
}
