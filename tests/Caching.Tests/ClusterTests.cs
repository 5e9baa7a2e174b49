using LastMile.Events.Fabric;
using LastMile.Events.Redis;
using LastMile.Events.Testing;
using Microsoft.Extensions.Caching.Hybrid;
using Xunit;

namespace Caching.Tests;

/// <summary>Tests what readers are served while nodes of a cluster fail or slots move.</summary>
public sealed class ClusterTests(ClusterRegion region) : IClassFixture<ClusterRegion>, IAsyncLifetime
{
    private static readonly HybridCacheEntryOptions NoMemory = new() { Flags = HybridCacheEntryFlags.DisableLocalCache };

    // Earlier tests have changed the nodes.
    public async ValueTask InitializeAsync()
    {
        await region.FindShardsAsync();
        await region.PurgeAsync([]);
        await region.StateAsync(isSound: true);
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Fact]
    public async Task The_user_of_an_application_has_the_rights_that_the_cache_needs()
    {
        await using var process = await region.StartAsync(cache => cache.RemoveFromThisRegionOnly = true);
        await using var other = await region.StartAsync();
        var (key, tag) = (region.NewKey(), "author:" + region.NewKey());
        await region.PurgeAsync([], tag);
        await process.Cache.GetOrCreateAsync(
            key,
            (context, _) =>
            {
                context.Tags.Add(tag);
                return ValueTask.FromResult("v1");
            });
        await Eventually.Async(() => process.Holds(key));
        Assert.Equal("v1", await ReadAsync(other, key, "v2"));

        await process.Cache.RemoveAsync(key);
        await other.CatchUpAsync();

        Assert.False(other.Holds(key));
        Assert.Empty(process.Warnings);
    }

    [Fact]
    public async Task A_value_that_is_set_between_a_purge_and_its_publication_does_not_outlive_the_publication()
    {
        await using var process = await region.StartAsync(cache => cache.LeaseTime = TimeSpan.FromSeconds(1));
        await using var other = await region.StartAsync();
        await Eventually.Async(() => process.HasReceivedPurgesFor(TimeSpan.FromSeconds(2)));
        var key = region.NewKey();
        await region.DropAsync(key);

        await process.Cache.SetAsync(key, "v1");

        Assert.Equal("v2", await ReadAsync(other, key, "v2"));
        await region.PublishAsync([key]);
        await process.CatchUpAsync();
        Assert.NotEqual("v1", await ReadAsync(process, key, "v2"));
    }

    [Fact]
    public async Task A_node_that_the_agent_does_not_report_on_is_not_used_for_its_names_alone()
    {
        await using var process = await region.StartAsync();
        var (keys, tag) = (Enumerable.Range(0, 20).Select(_ => region.NewKey()).ToArray(), "tag:" + region.NewKey());
        var tagOwner = await region.Cluster.OwnerAsync(HashSlot.Of(region.Keys.Tag(tag).ToString()));
        var owners = await Task.WhenAll(keys.Select(key => region.Cluster.OwnerAsync(HashSlot.Of(key))));
        var here = keys[Array.FindIndex(owners, owner => owner.Id == tagOwner.Id)];
        string[] elsewhere = [.. keys.Where((_, index) => owners[index].Id != tagOwner.Id && owners[index].Id == process.NodeId)];
        if (tagOwner.Id == process.NodeId)
            elsewhere = [.. keys.Where((_, index) => owners[index].Id != tagOwner.Id)];
        await HeldAsync(process, here);
        await HeldAsync(process, elsewhere[0]);
        await HeldAsync(process, elsewhere[1], tag);

        var names = await NamesOfAsync(tagOwner);
        await region.StateAsync(names, isSound: false);
        await Eventually.Async(() => !process.Holds(here));

        Assert.Equal("loaded", await ReadAsync(process, here, "loaded"));
        Assert.Equal("loaded", await ReadAsync(process, elsewhere[1], "loaded"));
        // A process that receives purges from the node has no memory until the agent reports on it again.
        Assert.Equal(tagOwner.Id != process.NodeId, process.Holds(elsewhere[0]));
        Assert.Equal("v1", await ReadAsync(process, elsewhere[0], "loaded"));
        await region.StateAsync(names, isSound: true);
        await Eventually.Async(() => process.Holds(here) && process.Holds(elsewhere[1]));
    }

    [Fact]
    public async Task A_watermark_that_a_failover_has_set_back_keeps_a_value_with_an_added_tag_from_being_stored()
    {
        await using var process = await region.StartAsync();
        var (key, tag) = (region.NewKey(), "author:" + region.NewKey());
        await region.PurgeAsync([], tag);
        foreach (var names in region.Shards)
            await region.Redis.StringSetAsync(names.Watermark, "1-0");

        await process.Cache.GetOrCreateAsync(key, (context, _) =>
        {
            context.Tags.Add(tag);
            return ValueTask.FromResult("v1");
        });

        Assert.Equal("v2", await ReadAsync(process, key, "v2"));
    }

    [Fact]
    public async Task A_failover_of_the_node_that_publishes_drops_all_values_and_the_process_connects_again()
    {
        await using var process = await region.StartAsync();
        var node = region.Cluster.Nodes.Single(node => node.Id == process.NodeId);
        var key = await HeldAsync(process, region.NewKey());

        await region.Cluster.FailOverAsync(await region.Cluster.ReplicaOfAsync(node));
        await Eventually.Async(() => !process.Holds(key));
        await InitializeAsync();
        await Eventually.Async(() => process.ReceivesPurges && process.IsSound);
        await HeldAsync(process, key);
        await region.PurgeAsync([key]);

        await process.CatchUpAsync();
        Assert.False(process.Holds(key));
    }

    [Fact]
    public async Task A_move_of_the_purge_channels_slot_drops_all_values_and_the_process_subscribes_again()
    {
        await using var process = await region.StartAsync();
        var from = region.Cluster.Nodes.Single(node => node.Id == process.NodeId);
        var to = (await region.Cluster.PrimariesAsync()).First(node => node != from);
        var slot = (await region.Cluster.SlotsOfAsync(from)).Min();
        var key = await HeldAsync(process, region.NewKey());

        await region.Cluster.MoveSlotsAsync([slot], from, to);
        await Eventually.Async(() => !process.Holds(key));
        await InitializeAsync();
        await Eventually.Async(() => process.ReceivesPurges && process.IsSound);
        await HeldAsync(process, key);
        await region.PurgeAsync([key]);

        await process.CatchUpAsync();
        Assert.False(process.Holds(key));
    }

    [Fact]
    public async Task A_node_that_serves_a_lower_slot_is_subscribed_to_under_its_new_name()
    {
        // Only the node that has slot 0 can't get a lower one.
        var first = await region.Cluster.OwnerAsync(0);
        await using var process = await StartElsewhereAsync(first);
        var to = region.Cluster.Nodes.Single(node => node.Id == process.NodeId);
        var lowest = (await region.Cluster.SlotsOfAsync(to)).Min();
        var slot = (await region.Cluster.SlotsOfAsync(first)).Where(slot => slot < lowest).Max();
        var old = await HeldAsync(process, region.NewKey());

        await region.Cluster.MoveSlotsAsync([slot], first, to);
        await Eventually.Async(() => !process.Holds(old));
        await InitializeAsync();
        var key = region.NewKey();
        await Eventually.Async(() => process.ReceivesPurges && process.IsSound);
        await HeldAsync(process, key);
        await region.PurgeAsync([key]);

        await Eventually.Async(() => !process.Holds(key));
    }

    [Fact]
    public async Task A_slot_that_moves_is_read_and_filled_on_both_nodes()
    {
        await using var process = await region.StartAsync();
        await using var other = await region.StartAsync();
        var (present, absent) = ("{moving}" + region.NewKey(), "{moving}" + region.NewKey());
        var slot = HashSlot.Of(present);
        var from = await region.Cluster.OwnerAsync(slot);
        var to = (await region.Cluster.PrimariesAsync()).First(node => node != from);
        await FilledAsync(process, present, "v1");

        await RedisClusterServers.BeginMoveAsync(slot, from, to);
        Assert.Equal("v1", await ReadAsync(other, present, "v2", NoMemory));
        await FilledAsync(process, absent, "v1");
        Assert.Equal("v1", await ReadAsync(other, absent, "v2", NoMemory));
        await RedisClusterServers.MoveKeysAsync(slot, from, to);
        Assert.Equal("v1", await ReadAsync(other, present, "v2", NoMemory));
        await region.Cluster.EndMoveAsync(slot, from, to);

        Assert.Equal("v1", await ReadAsync(other, present, "v2", NoMemory));
        await region.PurgeAsync([present]);
        Assert.Equal("v2", await ReadAsync(other, present, "v2", NoMemory));
    }

    [Fact]
    public async Task An_entry_whose_delete_a_failover_has_lost_is_not_served_until_the_agent_has_dropped_it_again()
    {
        await using var process = await region.StartAsync();
        var key = await KeyElsewhereAsync(process.NodeId!);
        var node = await region.Cluster.OwnerAsync(HashSlot.Of(key));
        await FilledAsync(process, key, "v1");
        await RedisClusterServers.CutReplicationAsync(node);
        await region.PurgeAsync([key]);
        // Reads whatever the region holds, as a process does that has not noticed the failover yet.
        await using var late = await region.StartAsync(cache => cache.RequireAgent = false);

        await region.Cluster.KillAndFailOverAsync(node);
        await Eventually.Async(async () => (string?)await region.Redis.StringGetAsync(key) is not null);
        await Eventually.Async(async () => await ReadAsync(late, key, "v2") == "v1");

        await Eventually.Async(async () => await ReadAsync(process, key, "v2") == "v2");
        for (var read = 0; read < 20; read++)
            Assert.Equal("v2", await ReadAsync(process, key, "v2"));
        await region.FindShardsAsync();
        await region.RepairAsync([key]);
        await late.CatchUpAsync();
        Assert.Equal("v3", await ReadAsync(late, key, "v3"));
        await region.StateAsync(isSound: true);
        await Eventually.Async(async () => await ReadAsync(process, key, "v4") == "v3");
        await region.Cluster.RestartAsync(node);
    }

    private async Task<CacheProcess> StartElsewhereAsync(RedisClusterNode node)
    {
        while (true)
        {
            var process = await region.StartAsync();
            if (process.NodeId != node.Id)
                return process;
            await process.DisposeAsync();
        }
    }

    private static async Task<string> HeldAsync(CacheProcess process, string key, params string[] tags)
    {
        await Eventually.Async(async () =>
        {
            await ReadAsync(process, key, "v1", tags: tags);
            return process.Holds(key);
        });
        return key;
    }

    private async Task FilledAsync(CacheProcess process, string key, string value)
    {
        Assert.Equal(value, await ReadAsync(process, key, value));
        await Eventually.Async(async () => (string?)await region.Redis.StringGetAsync(key) is { } content && content[1] == 'V');
    }

    private async Task<string> KeyElsewhereAsync(string nodeId)
    {
        while (true)
        {
            var key = region.NewKey();
            if ((await region.Cluster.OwnerAsync(HashSlot.Of(key))).Id != nodeId)
                return key;
        }
    }

    private async Task<RedisKeys> NamesOfAsync(RedisClusterNode node) =>
        new(Shard: HashSlot.TagOf((await region.Cluster.SlotsOfAsync(node)).Min()));

    private static async Task<string> ReadAsync(
        CacheProcess process, string key, string value, HybridCacheEntryOptions? options = null, string[]? tags = null) =>
        await process.Cache.GetOrCreateAsync(key, _ => ValueTask.FromResult(value), options, tags);
}
