using System.Net;
using LastMile.Events.Caching.Region;
using Xunit;

namespace Caching.Tests;

public sealed class ClusterViewTests
{
    private static readonly DnsEndPoint Asked = new("seed", 6379);

    [Fact]
    public void Primaries_that_serve_slots_are_read_with_their_lowest_slot()
    {
        const string Nodes = """
            a 10.0.0.1:7001@17001,one.example myself,master - 0 0 3 connected 5-9 2 [12-<-b]
            b 10.0.0.2:7002@17002,two.example,shard-id=s master,fail - 0 0 2 connected 10-16383
            c 10.0.0.3:7003@17003 slave a 0 0 3 connected
            d 10.0.0.4:7004@17004 master - 0 0 0 connected

            """;

        var byAddress = ClusterView.Parse(Nodes, Asked, prefersNames: false);
        var byName = ClusterView.Parse(Nodes, Asked, prefersNames: true);

        Assert.Equal(
            [new ClusterNode("a", new IPEndPoint(IPAddress.Parse("10.0.0.1"), 7001), 2), byAddress.Primaries[1].Node],
            byAddress.Primaries.Select(primary => primary.Node));
        Assert.Equal([(5, 10), (2, 3)], byAddress.Primaries[0].Slots);
        Assert.Equal([false, true], byAddress.Primaries.Select(primary => primary.HasFailed));
        Assert.Equal(byAddress.Primaries[0].Node, byAddress.Self);
        Assert.Equal(new DnsEndPoint("two.example", 7002), byName.Primaries[1].Node.EndPoint);
    }

    [Fact]
    public void A_node_that_does_not_know_its_address_has_the_one_that_was_used()
    {
        var view = ClusterView.Parse("a :7001@17001 myself,master - 0 0 3 connected 0-16383\n", Asked, prefersNames: false);

        Assert.Equal(Asked, view.Self!.EndPoint);
    }

    [Fact]
    public void A_replica_has_no_slots_of_its_own()
    {
        var view = ClusterView.Parse("a 10.0.0.1:7001@17001 myself,slave b 0 0 3 connected\n", Asked, prefersNames: false);

        Assert.Null(view.Self);
        Assert.Throws<FormatException>(() => ClusterView.Parse("no nodes", Asked, prefersNames: false));
    }
}
