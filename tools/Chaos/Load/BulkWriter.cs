namespace LastMile.Events.Chaos.Load;

/// <summary>Changes a few or many products with one UPDATE.</summary>
internal sealed class BulkWriter(Shop shop, Random random) : Writer(shop)
{
    private const int ManyEach = 20;
    private const int Few = 5;

    private readonly int[] products = shop.ProductsOf(1);
    private int made;

    protected override TimeSpan Pace => TimeSpan.FromMilliseconds(150);

    protected override async Task ChangeAsync(CancellationToken cancellationToken)
    {
        var count = ++made % ManyEach == 0 ? products.Length : random.Next(1, Few);
        var some = random.GetItems(products, count).Distinct().ToArray();
        if (!await TryAsync(() => UpdateAsync(some, cancellationToken), cancellationToken))
            await UntilDoneAsync(() => Shop.ReadVersionsAsync(some, cancellationToken), cancellationToken);
    }

    private async Task UpdateAsync(int[] ids, CancellationToken cancellationToken)
    {
        await using var command = Shop.Source.CreateCommand(
            "update products set price = price + 1 where id = any ($1) returning id, price::integer");
        command.Parameters.Add(new() { Value = ids });
        var versions = new List<(int Product, int Version)>(ids.Length);
        await using (var reader = await command.ExecuteReaderAsync(cancellationToken))
        {
            while (await reader.ReadAsync(cancellationToken))
                versions.Add((reader.GetInt32(0), reader.GetInt32(1)));
        }

        // The reader has reached the end of the statement, so it is committed.
        foreach (var (product, version) in versions)
            Shop.Commits.Committed(product, version);
    }
}
