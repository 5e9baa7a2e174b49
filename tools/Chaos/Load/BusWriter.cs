using System.Globalization;

namespace LastMile.Events.Chaos.Load;

/// <summary>
/// Changes products past the triggers, as a table would be that nobody tracks, and publishes EntityChanged for each: its purge is owed from
/// when the broker has confirmed the message.
/// </summary>
internal sealed class BusWriter(Shop shop, Broker broker) : Writer(shop)
{
    private readonly int[] products = shop.ProductsOf(2);
    private int next;

    protected override TimeSpan Pace => TimeSpan.FromMilliseconds(100);

    protected override async Task ChangeAsync(CancellationToken cancellationToken)
    {
        var product = products[next++ % products.Length];
        await TryAsync(() => UpdateAsync(product, cancellationToken), cancellationToken);
        // Done or not: a message too many costs a cache miss.
        await UntilDoneAsync(() => PublishAsync(product, cancellationToken), cancellationToken);
        await UntilDoneAsync(() => Shop.ReadVersionsAsync([product], cancellationToken), cancellationToken);
    }

    private async Task UpdateAsync(int product, CancellationToken cancellationToken)
    {
        await using var connection = await Shop.Administrator.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await using var command = connection.CreateCommand();
        command.CommandText = "set local session_replication_role = replica; update products set price = price + 1 where id = @id";
        command.Parameters.AddWithValue("id", product);
        await command.ExecuteNonQueryAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
    }

    private Task PublishAsync(int product, CancellationToken cancellationToken)
    {
        var values = new Dictionary<string, string?>(StringComparer.Ordinal)
        {
            ["Id"] = product.ToString(CultureInfo.InvariantCulture),
            ["Slug"] = Shop.SlugOf(product, 1),
            ["CategoryId"] = Shop.CategoryOf(product).ToString(CultureInfo.InvariantCulture),
        };
        return broker.PublishAsync("EntityChanged", new { entity = "Product", values }, cancellationToken);
    }
}
