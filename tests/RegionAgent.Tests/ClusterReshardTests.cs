using LastMile.Events.Fabric;
using LastMile.Events.Redis;
using LastMile.Events.Testing;
using Xunit;

namespace RegionAgent.Tests;

/// <summary>A cluster whose slots move between its nodes while purges arrive.</summary>
[RunsFirst]
public sealed class ClusterReshardTests(SharedServers servers)
{
    [Fact]
    public async Task No_purge_is_lost_while_slots_move_and_no_other_entry_is_dropped()
    {
        await using var world = await ClusterWorld.OpenAsync(servers);
        var nodes = await world.Cluster.PrimariesAsync();
        await world.FillAsync("kept");
        using var stopping = new CancellationTokenSource();
        var purging = ClusterFaultTests.PurgeUntilAsync(world, stopping.Token);

        // Includes the lowest slots, whose names are LastMile's own.
        var lowest = (await world.Cluster.SlotsOfAsync(nodes[0])).Order().Take(40).ToArray();
        await world.Cluster.MoveSlotsAsync(lowest, nodes[0], nodes[1]);
        await world.Cluster.MoveSlotsAsync(lowest.Take(20), nodes[1], nodes[2]);
        await stopping.CancelAsync();
        var keys = await purging;

        await world.AppliedAsync();
        await world.NodesShowNewestAsync();
        Assert.Equal(["kept"], await world.HeldAsync([.. keys, "kept"]));
        Assert.DoesNotContain(world.Agent.Log.Lines, line => line.Contains("dropped the region's cache", StringComparison.Ordinal));
        Assert.DoesNotContain(world.Agent.Log.Lines, line => line.Contains("fell back", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_purge_follows_the_keys_and_tags_of_a_slot_that_is_moving()
    {
        await using var world = await ClusterWorld.OpenAsync(servers);
        var nodes = await world.Cluster.PrimariesAsync();
        var tag = await ClusterFaultTests.TagOnAsync(world, nodes[0]);
        var slot = HashSlot.Of(world.Keys.Tag(tag).ToString());
        var (before, during) = ($"before:{{{HashSlot.TagOf(slot)}}}", $"during:{{{HashSlot.TagOf(slot)}}}");
        await world.FillAsync(before);

        await RedisClusterServers.BeginMoveAsync(slot, nodes[0], nodes[1]);
        await world.FillAsync(during);
        Assert.Equal("1", await nodes[0].SendAsync("CLUSTER", "COUNTKEYSINSLOT", $"{slot}"));
        Assert.Equal("1", await nodes[1].SendAsync("CLUSTER", "COUNTKEYSINSLOT", $"{slot}"));
        await world.PurgeAsync(Batches.Of(1, 1, before, during) with { Tags = [tag] });
        await world.AppliedAsync();

        Assert.Empty(await world.HeldAsync(before, during));
        Assert.StartsWith("1-1-", (string?)await world.Cache.StringGetAsync(world.Keys.Tag(tag)), StringComparison.Ordinal);
        await RedisClusterServers.MoveKeysAsync(slot, nodes[0], nodes[1]);
        await world.Cluster.EndMoveAsync(slot, nodes[0], nodes[1]);
        await world.PurgeAsync(before);
        await world.NodesShowNewestAsync();
    }

    [Fact]
    public async Task A_purge_by_prefix_waits_for_a_slot_that_is_moving()
    {
        await using var world = await ClusterWorld.OpenAsync(servers);
        var nodes = await world.Cluster.PrimariesAsync();
        var key = (await world.KeysOnAsync(nodes[0], "product:", 1))[0];
        var slot = HashSlot.Of(key);
        await RedisClusterServers.BeginMoveAsync(slot, nodes[0], nodes[1]);
        await world.FillAsync(key);

        // The key is on the second node, which refuses to drop it while its slot is the first node's.
        await world.PurgeAsync(Batches.OfPrefix(1, 1, "product:"));
        await Eventually.Async(() => world.Bus.Reports.Any(report => report.Scan is { Seen: > 0 }));
        await RedisClusterServers.MoveKeysAsync(slot, nodes[0], nodes[1]);
        await world.Cluster.EndMoveAsync(slot, nodes[0], nodes[1]);

        await world.AppliedAsync();
        Assert.Empty(await world.HeldAsync(key));
    }

    [Fact]
    public async Task An_agent_that_finds_a_node_without_a_checkpoint_drops_the_cache()
    {
        await using var world = await ClusterWorld.OpenAsync(servers);
        var nodes = await world.Cluster.PrimariesAsync();
        var entry = await world.KeysOnAsync(nodes[2], "entry:", 1);
        await world.FillAsync(entry);
        await world.PurgeAsync("first");
        await world.NodesShowNewestAsync();
        await world.StopAgentAsync(world.Agent);
        var lowest = (await world.Cluster.SlotsOfAsync(nodes[0])).Min();
        await world.Cluster.MoveSlotsAsync([lowest], nodes[0], nodes[1]);

        await world.StartAgentAsync();

        await Eventually.Async(async () => (await world.HeldAsync(entry)).Length == 0);
        await world.NodesShowNewestAsync();
    }
}
