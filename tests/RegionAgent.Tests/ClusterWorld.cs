using LastMile.Events.Fabric;
using LastMile.Events.Messages;
using LastMile.Events.Redis;
using LastMile.Events.Testing;

namespace RegionAgent.Tests;

/// <summary>An independent region with a Redis Cluster. The test simulates the primary's watermark; no primary runs.</summary>
/// <param name="failsOver">Whether a replica replaces a primary that does not answer.</param>
internal sealed class ClusterWorld(bool failsOver = true) : RegionWorld
{
    public RedisClusterServers Cluster { get; private set; } = null!;

    protected override string Topology => "Independent";

    protected override string AgentEndpoint => Cluster.EndpointAs(RedisUser.Agent);

    protected override string ApplicationEndpoint => Cluster.Endpoint + ",configCheckSeconds=1";

    public static Task<ClusterWorld> OpenAsync(SharedServers servers, params (string Setting, string Value)[] settings) =>
        OpenAsync(new ClusterWorld(), servers, settings);

    /// <summary>Opens a region in which no replica replaces a primary by itself.</summary>
    public static Task<ClusterWorld> OpenWithoutFailoverAsync(SharedServers servers, params (string Setting, string Value)[] settings) =>
        OpenAsync(new ClusterWorld(failsOver: false), servers, settings);

    private static async Task<ClusterWorld> OpenAsync(
        ClusterWorld world, SharedServers servers, (string Setting, string Value)[] settings)
    {
        await world.BeginAsync(servers, settings);
        return world;
    }

    /// <summary>Returns the watermark that each primary shows under its own names; <c>default</c> for none.</summary>
    public async Task<IReadOnlyList<Watermark>> WatermarksAsync() =>
        await Task.WhenAll((await Cluster.PrimariesAsync()).Select(WatermarkAsync));

    /// <summary>Returns the watermark that a primary shows under its own names; <c>default</c> for none.</summary>
    public async Task<Watermark> WatermarkAsync(RedisClusterNode node) =>
        Watermark.TryParse((string?)await node.SendAsync("GET", (await KeysAsync(node)).Watermark.ToString()), out var shown) ? shown : default;

    /// <summary>Returns LastMile's own names on a primary.</summary>
    public async Task<RedisKeys> KeysAsync(RedisClusterNode node) =>
        new(Keys.Prefix, Keys.Lineage, HashSlot.TagOf((await Cluster.SlotsOfAsync(node)).Min()));

    /// <summary>Returns keys with a prefix whose slots a node serves.</summary>
    public async Task<string[]> KeysOnAsync(RedisClusterNode node, string prefix, int count)
    {
        var slots = await Cluster.SlotsOfAsync(node);
        return [.. Enumerable.Range(0, int.MaxValue).Select(n => $"{prefix}{n}").Where(key => slots.Contains(HashSlot.Of(key))).Take(count)];
    }

    /// <summary>Waits until each primary shows the newest purge.</summary>
    public Task ShownAsync() => Eventually.Async(
        WatermarksAsync, shown => shown.All(watermark => watermark == Newest), sought: $"all nodes show {Newest}");

    public override Task OpenEpochAsync(long epoch)
    {
        Newest = new Watermark(epoch, 0);
        return Task.CompletedTask;
    }

    public override Task BreakAsync() => Task.WhenAll(Cluster.Nodes.Select(node => node.Server.Process.KillAsync()));

    public override Task MendAsync() => Task.WhenAll(Cluster.Nodes.Select(node => node.Server.Process.StartAsync()));

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        await Cluster.DisposeAsync();
    }

    protected override async Task<RedisServer> StartRegionAsync(SharedServers servers)
    {
        Cluster = await servers.StartRedisClusterAsync(new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["cluster-replica-no-failover"] = failsOver ? "no" : "yes",
        });
        return Cluster.Nodes[0].Server;
    }

    protected override Task<Watermark> ApplyAsync(PurgeApplied what) => Task.FromResult(new Watermark(Newest.Epoch, Newest.Sequence + 1));
}
