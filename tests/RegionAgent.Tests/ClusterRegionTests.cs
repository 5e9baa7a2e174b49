using LastMile.Events.Redis;
using LastMile.Events.Testing;
using StackExchange.Redis;
using Xunit;

namespace RegionAgent.Tests;

/// <summary>An independent region whose Redis is a cluster.</summary>
[RunsFirst]
public sealed class ClusterRegionTests(SharedServers servers)
{
    [Fact]
    public async Task A_purge_drops_keys_and_renews_tags_on_every_node_and_moves_every_watermark()
    {
        await using var world = await ClusterWorld.OpenAsync(servers);
        string[] keys = [.. Enumerable.Range(0, 300).Select(n => $"product:{n}")];
        string[] tags = [.. Enumerable.Range(0, 300).Select(n => $"category:{n}")];
        await world.FillAsync([.. keys, "kept"]);

        await world.PurgeAsync(Batches.Of(1, 1, keys) with { Tags = tags });
        await world.AppliedAsync();

        Assert.Equal(["kept"], await world.HeldAsync([.. keys, "kept"]));
        Assert.All(await GenerationsAsync(world, tags), generation => Assert.StartsWith("1-1-", generation, StringComparison.Ordinal));
        await world.NodesShowNewestAsync();
    }

    [Fact]
    public async Task Each_node_publishes_the_names_of_a_purge_after_all_nodes_have_dropped_them()
    {
        await using var world = await ClusterWorld.OpenAsync(servers);
        string[] keys = [.. Enumerable.Range(0, 50).Select(n => $"product:{n}")];
        await using var client = await ConnectionMultiplexer.ConnectAsync(world.Cluster.Endpoint);
        var heard = new List<Task<(byte[] Message, int Held)>>();
        foreach (var node in await world.Cluster.PrimariesAsync())
        {
            var channel = RedisChannel.Sharded((await world.KeysAsync(node)).PurgeChannel.ToString());
            heard.Add(HearAsync(world, keys, await client.GetSubscriber().SubscribeAsync(channel)));
        }

        await world.FillAsync(keys);
        await world.PurgeAsync(keys);

        foreach (var (message, held) in await Task.WhenAll(heard).WaitAsync(TimeSpan.FromSeconds(10)))
        {
            Assert.True(PurgeMessage.TryParse(message, out var parsed, out var hashes));
            Assert.False(parsed.All);
            Assert.Equal(PurgeMessage.HashesOf(keys), hashes.ToArray());
            Assert.Equal(0, held);
        }
    }

    [Fact]
    public async Task Purges_by_prefix_and_of_everything_reach_every_node()
    {
        await using var world = await ClusterWorld.OpenAsync(servers);
        string[] keys = [.. Enumerable.Range(0, 3_000).Select(n => $"product:{n}")];
        await world.FillAsync([.. keys, "kept"]);

        await world.PurgeAsync(Batches.OfPrefix(1, 1, "product:"));
        await world.AppliedAsync();
        Assert.Equal(["kept"], await world.HeldAsync([.. keys, "kept"]));

        await world.FillAsync(keys);
        await world.PurgeAsync(Batches.Of(1, 2) with { Everything = true });
        await world.AppliedAsync();
        Assert.Empty(await world.HeldAsync([.. keys, "kept"]));
        await world.NodesShowNewestAsync();
    }

    [Fact]
    public async Task Every_node_has_the_marker_that_readers_may_use_the_cache()
    {
        await using var world = await ClusterWorld.OpenAsync(servers);
        foreach (var node in await world.Cluster.PrimariesAsync())
        {
            var lines = (await node.InfoAsync("server")).Split("\r\n");
            var run = lines.Single(line => line.StartsWith("run_id:", StringComparison.Ordinal))[7..];
            var sound = (await world.KeysAsync(node)).Sound.ToString();
            await Eventually.Async(async () => await node.SendAsync("GET", sound), marker => marker is string text && text == run);
        }
    }

    [Fact]
    public async Task A_cluster_in_a_replicated_region_is_refused_with_the_setting_to_change()
    {
        await using var world = await ClusterWorld.OpenAsync(servers);
        await world.StopAgentAsync(world.Agent);
        var agent = await world.StartAgentAsync(("Region:Topology", "Replicated"));

        await Eventually.Async(
            agent.ReadyAsync, ready => ready.Contains("Set Region:Topology to Independent", StringComparison.Ordinal));
        await Eventually.Async(agent.VerdictAsync, verdict => verdict == "Unreachable");
    }

    private static async Task<(byte[] Message, int Held)> HearAsync(ClusterWorld world, string[] keys, ChannelMessageQueue queue)
    {
        var heard = await queue.ReadAsync();
        return ((byte[])heard.Message!, (await world.HeldAsync(keys)).Length);
    }

    private static async Task<string?[]> GenerationsAsync(ClusterWorld world, string[] tags) =>
        await Task.WhenAll(tags.Select(async tag => (string?)await world.Cache.StringGetAsync(world.Keys.Tag(tag))));
}
