using LastMile.Events.Redis;
using Xunit;

namespace Redis.Tests;

public sealed class ClusterNodeInfoTests
{
    [Fact]
    public void A_primary_has_its_slots_and_those_that_move()
    {
        var node = Assert.Single(ClusterNodeInfo.ParseAll(
            "4a2f 10.0.0.1:7001@17001,one.example,shard-id=s myself,master - 0 0 12 connected 5-9 2 [12-<-b3] [9->-c4]\r\n"));

        Assert.Equal(("4a2f", "10.0.0.1:7001", "one.example", 12L), (node.Id, node.Address, node.HostName, node.Epoch));
        Assert.Equal([(5, 10), (2, 3)], node.Slots);
        Assert.Equal(2, node.LowestSlot);
        Assert.Equal([5, 6, 7, 8, 9, 2], node.AllSlots());
        Assert.Equal(["[12-<-b3]", "[9->-c4]"], node.Moving);
        Assert.True(node is { IsSelf: true, IsPrimary: true, HasFailed: false });
    }

    [Theory]
    [InlineData("b :0@0 slave,fail,noaddr 4a2f 0 0 12 disconnected", ":0", true)]
    [InlineData("b 10.0.0.2:7002@17002 slave,fail? 4a2f 0 0 12 connected", "10.0.0.2:7002", false)]
    public void A_replica_serves_no_slot_and_one_that_is_only_suspected_has_not_failed(string line, string address, bool hasFailed)
    {
        var node = Assert.Single(ClusterNodeInfo.ParseAll(line));

        Assert.Equal((address, null, hasFailed), (node.Address, node.HostName, node.HasFailed));
        Assert.Empty(node.Slots);
        Assert.False(node.IsPrimary);
    }

    [Theory]
    [InlineData("no nodes")]
    [InlineData("b 10.0.0.2:7002@17002 master - 0 0 epoch connected")]
    [InlineData("b 10.0.0.2:7002@17002 master - 0 0 1 connected 0-last")]
    public void Another_text_is_refused(string text)
    {
        Assert.Throws<FormatException>(() => ClusterNodeInfo.ParseAll(text));
    }
}
