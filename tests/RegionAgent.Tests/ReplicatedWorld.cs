using System.Text.Json;
using LastMile.Events.Fabric;
using LastMile.Events.Messages;
using LastMile.Events.Redis;
using LastMile.Events.Testing;
using StackExchange.Redis;

namespace RegionAgent.Tests;

/// <summary>A region that is a writable replica, behind a link that the test can cut.</summary>
internal sealed class ReplicatedWorld : RegionWorld
{
    private RedisServer primaryServer = null!;
    private ConnectionMultiplexer primary = null!;
    private PurgeScript purges = null!;

    /// <summary>The link between the primary and the region.</summary>
    public WanLink Link { get; private set; } = null!;

    protected override string Topology => "Replicated";

    /// <summary>Starts a region without heartbeats: the agent receives only the test's messages.</summary>
    public static async Task<ReplicatedWorld> StartAsync(SharedServers servers, params (string Setting, string Value)[] settings)
    {
        var world = new ReplicatedWorld();
        await world.OpenAsync(servers);
        await world.StartAgentAsync(settings);
        await Eventually.Async(world.Agent.ReadyAsync, ready => ready.StartsWith("{\"status\":\"Healthy\"", StringComparison.Ordinal));
        return world;
    }

    /// <summary>Waits until the agent has observed the first purge in the region.</summary>
    public Task<JsonElement> ArrivedAsync() => Eventually.Async(
        Agent.StatusAsync,
        status => status.GetProperty("verdict").GetString() == "Converged"
            && Place(status, "expected") == new Watermark(1, 1)
            && Place(status, "observed") == new Watermark(1, 1));

    public override async Task OpenEpochAsync(long epoch)
    {
        Newest = await purges.OpenEpochAsync(epoch);
        // After a replica's first sync, the primary holds back the stream for up to a second. Waits until that lag is over.
        await Eventually.Async(async () => (string?)await Cache.StringGetAsync(Keys.Watermark), shown => shown == Newest.ToString());
    }

    /// <summary>Opens the epoch 7 of the lineage <see cref="RegionBus.OtherLineage"/>, and waits until the region shows it.</summary>
    public async Task OpenOtherEpochAsync()
    {
        var keys = new RedisKeys(Keys.Prefix, RegionBus.OtherLineage);
        await new PurgeScript(primary.GetDatabase(), keys).OpenEpochAsync(7);
        await Eventually.Async(async () => (string?)await Cache.StringGetAsync(keys.Watermark), shown => shown == "7-0");
    }

    /// <summary>Writes the database's identity to the primary, as an Invalidator does.</summary>
    public Task NameDatabaseAsync(string database) => primary.GetDatabase().StringSetAsync(Keys.Database, database);

    public override Task BreakAsync()
    {
        Link.Cut();
        return Task.CompletedTask;
    }

    public override Task MendAsync()
    {
        Link.Mend();
        return Task.CompletedTask;
    }

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        await primary.DisposeAsync();
        await Link.DisposeAsync();
        await primaryServer.Process.DisposeAsync();
    }

    protected override async Task<RedisServer> StartRegionAsync(SharedServers servers)
    {
        primaryServer = await servers.StartRedisAsync();
        primary = await ConnectionMultiplexer.ConnectAsync(primaryServer.Endpoint);
        purges = new PurgeScript(primary.GetDatabase(), Keys);
        Link = new WanLink(primaryServer.Port);
        return await servers.StartRedisAsync(RedisRole.Region, Link.Port);
    }

    protected override Task<Watermark> ApplyAsync(PurgeApplied what) => what.Everything
        ? purges.DropEverythingAsync(Newest.Epoch)
        : purges.ApplyAsync(Newest.Epoch, what.Keys, what.Tags);
}
