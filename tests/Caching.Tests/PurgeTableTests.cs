using System.Text;
using LastMile.Events.Caching.Purges;
using LastMile.Events.Redis;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Caching.Tests;

public sealed class PurgeTableTests
{
    private readonly FakeTimeProvider time = new();
    private readonly PurgeTable table;

    public PurgeTableTests() => table = new PurgeTable(time);

    [Theory]
    [InlineData("key", true)]
    [InlineData("tag", true)]
    [InlineData("other", false)]
    public void A_purge_changes_the_stamp_of_the_names_that_it_drops(string purged, bool changes)
    {
        var before = Stamp();

        table.Receive(Message("1-1", purged));

        Assert.Equal(changes, before != Stamp());
    }

    [Theory]
    [InlineData("1-1", "1-2", true)]
    [InlineData("1-1", "1-3", false)]
    [InlineData("1-2", "1-2", false)]
    [InlineData("1-2", "1-1", false)]
    [InlineData("1-1", "2-1", false)]
    [InlineData("1-1", "-", true)]
    public void Any_sequence_but_the_next_one_invalidates_everything(string first, string second, bool isNext)
    {
        table.Receive(Message(first));
        var before = Stamp();

        Assert.Equal(isNext, table.Receive(Message(second)));

        Assert.Equal(isNext, before == Stamp());
    }

    [Fact]
    public void The_first_sequence_after_a_reset_is_the_next_one()
    {
        table.Receive(Message("1-1"));
        table.Reset();
        var before = Stamp();

        Assert.True(table.Receive(Message("1-50")));

        Assert.Equal(before, Stamp());
    }

    [Fact]
    public void A_reset_invalidates_everything()
    {
        var before = Stamp();

        table.Reset();

        Assert.NotEqual(before, Stamp());
    }

    [Theory]
    [InlineData(4.9, true)]
    [InlineData(6.1, false)]
    public void A_purge_is_recent_for_a_time(double seconds, bool recent)
    {
        Assert.False(IsRecent());
        time.Advance(TimeSpan.FromMinutes(10));

        table.Receive(Message("1-1", "tag"));
        time.Advance(TimeSpan.FromSeconds(seconds));

        Assert.Equal(recent, IsRecent());
        table.Reset();
        Assert.True(IsRecent());
    }

    private bool IsRecent() => table.WasPurgedWithin(TimeSpan.FromSeconds(5), PurgeTable.SlotOf("key"), [PurgeTable.SlotOf("tag")]);

    private Stamp Stamp() => table.StampOf(PurgeTable.SlotOf("key"), [PurgeTable.SlotOf("tag")]);

    private static byte[] Message(string watermark, params string[] names) =>
        [.. Encoding.ASCII.GetBytes($"1 {watermark} - "), .. PurgeMessage.HashesOf(names)];
}
