using LastMile.Events.Fabric;
using LastMile.Events.Redis;
using LastMile.Events.Testing;
using StackExchange.Redis;
using Xunit;

namespace Redis.Tests;

/// <summary>Tests the scripts of a cluster's node, with the rights of an agent.</summary>
public sealed class ClusterPurgeTests(SharedServers servers) : IAsyncLifetime
{
    private readonly RedisKeys keys = new();
    private RedisClusterServers cluster = null!;
    private ConnectionMultiplexer client = null!;

    private IDatabase Database => client.GetDatabase();

    private ClusterPurge Purge => new(Database, keys);

    public async ValueTask InitializeAsync()
    {
        cluster = await servers.StartRedisClusterAsync();
        client = await ConnectionMultiplexer.ConnectAsync(cluster.EndpointAs(RedisUser.Agent) + ",allowAdmin=true");
    }

    public async ValueTask DisposeAsync()
    {
        await client.DisposeAsync();
        await cluster.DisposeAsync();
    }

    [Fact]
    public async Task Names_of_all_slots_are_purged_and_a_later_generation_stays()
    {
        string[] names = [.. Enumerable.Range(0, 100).Select(n => $"name:{n}")];
        await Task.WhenAll(names.Select(name => Database.StringSetAsync(name, "cached")));

        Assert.All(await Task.WhenAll(names.Select(Purge.DropAsync)), Assert.True);
        Assert.All(await Task.WhenAll(names.Select(Purge.DropAsync)), Assert.False);
        await Task.WhenAll(names.Select(name => Purge.RenewAsync(name, new Watermark(1, 7))));
        await Task.WhenAll(names.Select(name => Purge.RenewAsync(name, new Watermark(1, 6))));
        Assert.False(await Purge.RestoreAsync(names[0]));
        Assert.True(await Purge.RestoreAsync("new"));

        foreach (var name in names)
            Assert.StartsWith("1-7-", (string?)await Database.StringGetAsync(keys.Tag(name)), StringComparison.Ordinal);
        Assert.StartsWith("0-0-", (string?)await Database.StringGetAsync(keys.Tag("new")), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_tag_that_is_renewed_without_a_watermark_keeps_its_place_and_rubbish_has_none()
    {
        await Purge.RenewAsync("kept", new Watermark(1, 7));
        await Database.StringSetAsync(keys.Tag("rubbish"), "rubbish");
        await Database.StringSetAsync(keys.Tag("purged"), "rubbish");

        await Task.WhenAll(new[] { "kept", "new", "rubbish" }.Select(tag => Purge.RenewAsync(tag, default)));
        await Purge.RenewAsync("purged", new Watermark(1, 7));

        Assert.StartsWith("1-7-", (string?)await Database.StringGetAsync(keys.Tag("kept")), StringComparison.Ordinal);
        Assert.StartsWith("0-0-", (string?)await Database.StringGetAsync(keys.Tag("new")), StringComparison.Ordinal);
        Assert.StartsWith("0-0-", (string?)await Database.StringGetAsync(keys.Tag("rubbish")), StringComparison.Ordinal);
        Assert.StartsWith("1-7-", (string?)await Database.StringGetAsync(keys.Tag("purged")), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_nodes_names_follow_its_lowest_slot_and_its_scripts_run_on_no_other_node()
    {
        var (node, other) = (await NodeAsync(0), await NodeAsync(1));
        var checkpoints = new RegionCheckpoints(node, movesWatermark: true);

        var held = await checkpoints.MoveAsync(await checkpoints.ReadAsync(), new Watermark(1, 5), null);

        Assert.Equal(new Watermark(1, 5), held.Applied);
        Assert.Equal(held, await checkpoints.MoveAsync(held with { Run = "other" }, new Watermark(1, 6), null));
        Assert.Equal(new Watermark(1, 5), (await new SampleScript(node).SampleAsync()).Shown);
        Assert.Equal(held.Run, (await new SampleScript(node).ObserveAsync()).Sample!.Errors.Run);
        var strayed = new RedisNode(node.Server!, other.Keys, "strayed");
        await Assert.ThrowsAnyAsync<RedisException>(() => new SampleScript(strayed).SampleAsync());
    }

    [Fact]
    public async Task A_node_without_a_checkpoint_receives_none_that_its_agent_did_not_expect()
    {
        var checkpoints = new RegionCheckpoints(await NodeAsync(0), movesWatermark: true);
        var empty = await checkpoints.ReadAsync();

        var refused = await checkpoints.MoveAsync(empty with { Applied = new Watermark(1, 4) }, new Watermark(1, 5), null);

        Assert.Equal(empty, refused);
        Assert.Equal(empty, await checkpoints.ReadAsync());
    }

    [Fact]
    public async Task The_late_marker_changes_only_where_the_watermark_has_passed_the_purge()
    {
        var node = await NodeAsync(0);
        var checkpoints = new RegionCheckpoints(node, movesWatermark: true);
        await checkpoints.MoveAsync(await checkpoints.ReadAsync(), new Watermark(1, 5), null);

        await ClusterPurge.MarkLateAsync(node, new Watermark(1, 6));
        Assert.True((await Database.StringGetAsync(node.Keys.Late)).IsNull);
        await ClusterPurge.MarkLateAsync(node, new Watermark(1, 5));
        Assert.False((await Database.StringGetAsync(node.Keys.Late)).IsNull);
    }

    [Fact]
    public async Task Each_node_scans_collects_and_drops_its_own_keys()
    {
        string[] names = [.. Enumerable.Range(0, 600).Select(n => $"name:{n}")];
        await Task.WhenAll(names.Select(name => Database.StringSetAsync(name, "cached")));
        await Task.WhenAll(names.Select(name => Purge.RenewAsync(name, new Watermark(1, 1))));
        var (dropped, deleted, everything) = (0L, 0L, 0L);
        for (var n = 0; n < 3; n++)
        {
            var node = await NodeAsync(n);
            dropped += await new PrefixScan(node).RunAsync("name:", CancellationToken.None);
            var (scripts, cursor) = (new GenerationScripts(node), "");
            do
            {
                var step = await scripts.StepAsync(new Watermark(1, 1), cursor);
                (cursor, deleted) = (step.Cursor, deleted + step.Deleted);
            }
            while (cursor.Length > 0);
            Assert.True(await scripts.ReplaceHistoryAsync(
                await scripts.ReadHistoryAsync(), AppliedHistory.Parse(null).With(DateTimeOffset.UnixEpoch, new Watermark(1, 1))));
            await new SoundMarker(node).SetAsync(TimeSpan.FromMinutes(1));
            Assert.False((await Database.StringGetAsync(node.Keys.Sound)).IsNull);
            everything += await new ApplyScript(node).DropEverythingAsync();
        }

        Assert.Equal((names.Length, names.Length), (dropped, deleted));
        // The marker of each node.
        Assert.Equal(3, everything);
    }

    private async Task<RedisNode> NodeAsync(int number)
    {
        var node = (await cluster.PrimariesAsync())[number];
        var server = client.GetServers().Single(one => one.EndPoint.ToString() == node.Server.Endpoint);
        var lowest = (await cluster.SlotsOfAsync(node)).Min();
        return new RedisNode(server, new RedisKeys(keys.Prefix, keys.Lineage, HashSlot.TagOf(lowest)), node.Id);
    }
}
