using LastMile.Events.Hosting;
using LastMile.Events.Redis;
using LastMile.Events.RegionAgent.Observed;
using LastMile.Events.Testing;
using StackExchange.Redis;
using Xunit;

namespace RegionAgent.Tests;

/// <summary>Tests what an agent concludes from the watermark that a node of a cluster shows.</summary>
public sealed class ClusterHistoryTests(SharedServers servers) : IAsyncLifetime
{
    private static readonly Watermark Saved = new(1, 5);
    private static readonly Watermark Old = new(1, 3);

    private readonly ClusterHistory history = new();
    private ConnectionMultiplexer client = null!;

    public async ValueTask InitializeAsync() => client = await ConnectionMultiplexer.ConnectAsync((await servers.StartRedisAsync()).Endpoint);

    public async ValueTask DisposeAsync() => await client.DisposeAsync();

    [Fact]
    public void Nothing_is_concluded_before_the_agent_has_read_the_nodes()
    {
        var (a, b) = (Node("a", 0), Node("b", 8_192));

        Assert.Equal([NodeState.Intact, NodeState.Intact], Judge(Layout(a, b), (a, default, "1"), (b, Saved, "1")));
    }

    [Theory]
    [InlineData("1-5", "run", "Intact")]
    [InlineData("1-6", "run", "Intact")]
    [InlineData("1-3", "run", "FellBack")]
    [InlineData("", "run", "Lost")]
    [InlineData("1-5", "other", "FellBack")]
    [InlineData("", "other", "Lost")]
    public void A_known_node_is_compared_with_what_the_agent_left_there(string shown, string run, string state)
    {
        var (a, b) = (Node("a", 0), Node("b", 8_192));
        Record(Layout(a, b), a, b);
        _ = Watermark.TryParse(shown, out var watermark);

        Assert.Equal(Enum.Parse<NodeState>(state), Judge(Layout(a, b), (a, watermark, run), (b, Saved, "run"))[0]);
    }

    [Fact]
    public void A_node_whose_lowest_slot_changed_misses_nothing()
    {
        var (a, b) = (Node("a", 0), Node("b", 8_192));
        Record(Layout(a, b), a, b);
        var moved = Node("a", 1);

        Assert.Equal([NodeState.Moved, NodeState.Intact], Judge(Layout(moved, b), (moved, default, "run"), (b, Saved, "run")));
    }

    [Fact]
    public void A_new_node_misses_nothing_if_the_nodes_run_that_its_slots_came_from()
    {
        var (a, b, c) = (Node("a", 0), Node("b", 8_192), Node("c", 4_096));
        Record(Layout(a, b), a, b);

        Assert.Equal(
            [NodeState.Intact, NodeState.Moved, NodeState.Intact],
            Judge(Layout(a, c, b), (a, Saved, "run"), (c, default, "new"), (b, Saved, "run")));
    }

    [Theory]
    [InlineData("1-5", "FellBack")]
    [InlineData("", "Lost")]
    public void A_new_node_that_replaced_another_has_only_what_it_shows(string shown, string state)
    {
        var (a, b, c) = (Node("a", 0), Node("b", 8_192), Node("c", 0));
        Record(Layout(a, b), a, b);
        _ = Watermark.TryParse(shown, out var watermark);

        Assert.Equal(Enum.Parse<NodeState>(state), Judge(Layout(c, b), (c, watermark, "new"), (b, Saved, "run"))[0]);
    }

    [Fact]
    public void A_region_shows_the_least_watermark_of_its_nodes()
    {
        var (a, b) = (Node("a", 0), Node("b", 8_192));
        Record(Layout(a, b), a, b);

        Assert.Equal(Saved, Combine(Layout(a, b), (Saved, "run"), (new Watermark(1, 6), "run")).Shown);
        Assert.Equal(Old, Combine(Layout(a, b), (Old, "other"), (Saved, "run")).Shown);
        Assert.Equal(default, Combine(Layout(a, b), (default, "other"), (Saved, "run")).Shown);
        // The node that fell back must not be hidden by the one that lost its watermark.
        Assert.Equal(Old, Combine(Layout(a, b), (default, "other"), (Old, "other")).Shown);
    }

    private void Record(RedisLayout layout, params RedisNode[] nodes) =>
        history.Record(layout, nodes.Select(node => (node, new Checkpoint(Saved, "run"))));

    private IReadOnlyList<NodeState> Judge(RedisLayout layout, params (RedisNode Node, Watermark Shown, string Run)[] shown) =>
        history.Judge(layout, [.. shown.Select(one => (one.Node, new Checkpoint(one.Shown, one.Run)))]);

    private RegionSample Combine(RedisLayout layout, params (Watermark Shown, string Run)[] shown) =>
        history.Combine(layout, [.. shown.Select(one => new RegionSample(one.Shown, new StreamErrors(one.Run, 0), 0))]);

    private RedisNode Node(string id, int lowest) =>
        new(client.GetServers()[0], new RedisKeys(RedisKeys.DefaultPrefix, RedisKeys.DefaultLineage, HashSlot.TagOf(lowest)), id);

    // Each node serves the slots from its lowest one to the next node's.
    private static RedisLayout Layout(params RedisNode[] nodes)
    {
        var lowest = nodes.Select(node => HashSlot.Of($"{{{node.Keys.Shard}}}")).Append(HashSlot.Count).ToArray();
        return new RedisLayout(nodes, "", false, nodes.SelectMany((node, n) =>
            Enumerable.Range(lowest[n], lowest[n + 1] - lowest[n]).Select(slot => (node, slot))));
    }
}
