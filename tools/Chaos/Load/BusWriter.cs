using System.Globalization;

namespace LastMile.Events.Chaos.Load;

/// <summary>
/// Renames categories, whose table is not tracked, and publishes EntityChanged for each. The purge is due once the broker has confirmed
/// the message.
/// </summary>
internal sealed class BusWriter(Shop shop, Broker broker) : Writer(shop)
{
    private int made;

    protected override TimeSpan Pace => TimeSpan.FromMilliseconds(100);

    protected override async Task ChangeAsync(CancellationToken cancellationToken)
    {
        var category = Shop.QuietCategories[++made % Shop.QuietCategories.Count];
        await UntilDoneAsync(() => RenameAsync(category, cancellationToken), cancellationToken);
        await UntilDoneAsync(() => PublishAsync(category, cancellationToken), cancellationToken);
    }

    private async Task RenameAsync(int category, CancellationToken cancellationToken)
    {
        await using var command = Shop.Source.CreateCommand("update categories set name = $2 where id = $1");
        command.Parameters.Add(new() { Value = category });
        command.Parameters.Add(new() { Value = string.Create(CultureInfo.InvariantCulture, $"Category {category}, {made} times changed") });
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    private Task PublishAsync(int category, CancellationToken cancellationToken)
    {
        string[] tags = [string.Create(CultureInfo.InvariantCulture, $"category:{category}")];
        return broker.PublishAsync("EntityChanged", new { entity = "Product", tags }, cancellationToken);
    }
}
