using LastMile.Events.Fabric;
using LastMile.Events.Redis;
using LastMile.Events.Testing;

namespace RegionAgent.Tests;

/// <summary>An independent region with a Redis Cluster. The test simulates the primary's watermark; no primary runs.</summary>
/// <param name="failsOver">Whether a replica replaces a primary that does not answer.</param>
internal sealed class ClusterWorld(bool failsOver = true) : IndependentWorld
{
    private readonly List<string> shards = [];

    /// <summary>The link from the agents to the nodes.</summary>
    public WanLink Link { get; } = new();

    public RedisClusterServers Cluster { get; private set; } = null!;

    // A purge of several slots takes many calls, which a busy machine must not make late.
    protected override IEnumerable<(string Setting, string Value)> Settings => [("Region:WarnAfter", "00:00:02")];

    protected override string AgentEndpoint => $"{Cluster.EndpointAs(RedisUser.Agent)},tunnel=http:127.0.0.1:{Link.Port}";

    protected override string ApplicationEndpoint => Cluster.Endpoint + ",configCheckSeconds=1";

    public static Task<ClusterWorld> OpenAsync(SharedServers servers, params (string Setting, string Value)[] settings) =>
        OpenAsync(new ClusterWorld(), servers, settings);

    /// <summary>Opens a region in which no replica replaces a primary by itself.</summary>
    public static Task<ClusterWorld> OpenWithoutFailoverAsync(SharedServers servers, params (string Setting, string Value)[] settings) =>
        OpenAsync(new ClusterWorld(failsOver: false), servers, settings);

    private static async Task<ClusterWorld> OpenAsync(
        ClusterWorld world, SharedServers servers, (string Setting, string Value)[] settings)
    {
        await world.BeginAsync(servers, _ => { }, settings);
        return world;
    }

    /// <summary>Returns the watermark that each primary shows under its own names; <c>default</c> for none.</summary>
    public async Task<IReadOnlyList<Watermark>> WatermarksAsync() =>
        await Task.WhenAll((await Cluster.PrimariesAsync()).Select(WatermarkAsync));

    /// <summary>Returns the watermark that a primary shows under its own names; <c>default</c> for none.</summary>
    public async Task<Watermark> WatermarkAsync(RedisClusterNode node) =>
        Watermark.TryParse((string?)await node.SendAsync("GET", (await KeysAsync(node)).Watermark.ToString()), out var shown)
            ? shown : default;

    /// <summary>Returns LastMile's own names on a primary.</summary>
    public async Task<RedisKeys> KeysAsync(RedisClusterNode node) =>
        new(Keys.Prefix, Keys.Lineage, HashSlot.TagOf((await Cluster.SlotsOfAsync(node)).Min()));

    /// <summary>Returns keys with a prefix whose slots a node serves.</summary>
    public async Task<string[]> KeysOnAsync(RedisClusterNode node, string prefix, int count)
    {
        var slots = await Cluster.SlotsOfAsync(node);
        return
        [
            .. Enumerable.Range(0, int.MaxValue).Select(n => $"{prefix}{n}").Where(key => slots.Contains(HashSlot.Of(key))).Take(count),
        ];
    }

    /// <summary>Waits until each primary shows the newest purge.</summary>
    public Task NodesShowNewestAsync() => Eventually.Async(
        WatermarksAsync, shown => shown.All(watermark => watermark == Newest), sought: $"all nodes show {Newest}");

    // A node's names follow its lowest slot, and no test that uses these moves slots.
    public override IReadOnlyList<RedisKeys> KeysOf(string lineage) =>
        [.. shards.Select(shard => new RedisKeys(Keys.Prefix, lineage, shard))];

    public override async Task SendAsync(params string[] command)
    {
        foreach (var node in await Cluster.PrimariesAsync())
            await node.SendAsync(command);
    }

    public override Task BreakAsync() => Task.WhenAll(Cluster.Nodes.Select(node => node.Server.Process.KillAsync()));

    public override async Task MendAsync()
    {
        await Task.WhenAll(Cluster.Nodes.Select(node => node.Server.Process.StartAsync()));
        await Cluster.WaitUntilHealthyAsync();
    }

    public override async ValueTask DisposeAsync()
    {
        foreach (var line in Agent.Log.Lines)
            Xunit.TestContext.Current.TestOutputHelper?.WriteLine(line);
        await base.DisposeAsync();
        await Link.DisposeAsync();
        await Cluster.DisposeAsync();
    }

    protected override async Task<RedisServer> StartRegionAsync(SharedServers servers)
    {
        Cluster = await servers.StartRedisClusterAsync(new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["cluster-replica-no-failover"] = failsOver ? "no" : "yes",
            // A busy machine must not look like a failed node.
            ["cluster-node-timeout"] = "3000",
        });
        foreach (var node in await Cluster.PrimariesAsync())
            shards.Add((await KeysAsync(node)).Shard!);
        return Cluster.Nodes[0].Server;
    }
}
