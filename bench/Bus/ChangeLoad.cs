using LastMile.Events.Messages;

namespace LastMile.Events.Bench.Bus;

/// <summary>Messages to publish, created before the measurement starts.</summary>
/// <param name="Name">The load's name, such as <c>one by one</c>.</param>
/// <param name="Messages"><see cref="EntityChanged"/> or <see cref="EntitiesChanged"/>.</param>
/// <param name="Changes">The number of entities in all messages.</param>
/// <param name="LastProducts">
/// The product of each message's last change. A message is purged as a unit, so its last key stands for all.
/// </param>
internal sealed record ChangeLoad(string Name, IReadOnlyList<object> Messages, int Changes, IReadOnlyList<int> LastProducts)
{
    /// <summary>Creates one message for each of the first products.</summary>
    public static ChangeLoad OneByOne(int messages)
    {
        int[] products = [.. Enumerable.Range(1, messages)];
        return new ChangeLoad("one by one", [.. products.Select(ChangeOf)], messages, products);
    }

    /// <summary>Creates messages of many changes each, all of distinct products.</summary>
    public static ChangeLoad By(int changes, int messages)
    {
        var groups = Enumerable.Range(1, changes * messages).Chunk(changes).ToList();
        return new ChangeLoad(
            $"by {changes}",
            [.. groups.Select(products => new EntitiesChanged([.. products.Select(ChangeOf)]))],
            changes * messages,
            [.. groups.Select(products => products[^1])]);
    }

    private static EntityChanged ChangeOf(int product) =>
        new("Product") { Values = new Dictionary<string, string?>(StringComparer.Ordinal) { ["id"] = $"{product}" } };
}
