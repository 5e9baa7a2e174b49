using LastMile.Events.Bench.Bus;
using LastMile.Events.Messages;
using Xunit;

namespace Bench.Tests;

public sealed class ChangeLoadTests
{
    [Fact]
    public void Grouped_changes_have_distinct_products_and_the_last_of_each_message_is_watched()
    {
        var load = ChangeLoad.By(changes: 3, messages: 2);

        Assert.Equal(
            ["1 2 3", "4 5 6"],
            load.Messages.Cast<EntitiesChanged>()
                .Select(message => string.Join(' ', message.Changes.Select(change => change.Values["id"]))));
        Assert.Equal(6, load.Changes);
        Assert.Equal([3, 6], load.LastProducts);
    }

    [Fact]
    public void Each_single_change_is_watched()
    {
        var load = ChangeLoad.OneByOne(2);

        Assert.Equal(["1", "2"], load.Messages.Cast<EntityChanged>().Select(change => change.Values["id"]));
        Assert.Equal(2, load.Changes);
        Assert.Equal([1, 2], load.LastProducts);
    }
}
