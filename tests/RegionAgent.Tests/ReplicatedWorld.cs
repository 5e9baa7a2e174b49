using LastMile.Events.Fabric;
using LastMile.Events.Messages;
using LastMile.Events.Redis;
using LastMile.Events.Testing;
using StackExchange.Redis;

namespace RegionAgent.Tests;

/// <summary>A region that is a writable replica, behind a link that the test can cut.</summary>
internal class ReplicatedWorld : RegionWorld
{
    private ConnectionMultiplexer primary = null!;

    public RedisServer Primary { get; private set; } = null!;

    /// <summary>The link between the primary and the region.</summary>
    public WanLink Link { get; private set; } = null!;

    public override string Topology => "Replicated";

    public override (string Verdict, LinkState Link) Broken => ("Disconnected", LinkState.Down);

    /// <summary>Starts a region without heartbeats: the agent receives only the test's messages.</summary>
    public static async Task<ReplicatedWorld> StartAsync(SharedServers servers, params (string Setting, string Value)[] settings)
    {
        var world = new ReplicatedWorld();
        await world.OpenAsync(servers);
        await world.StartAgentAsync(settings);
        await Eventually.Async(world.Agent.ReadyAsync, ready => ready.StartsWith("{\"status\":\"Healthy\"", StringComparison.Ordinal));
        return world;
    }

    public override Task<Watermark> OpenEpochAsync(string lineage, long epoch) => PurgesOf(lineage).OpenEpochAsync(epoch);

    public override Task<Watermark> ApplyAsync(string lineage, Watermark newest, PurgeApplied what) => what switch
    {
        { Everything: true } => PurgesOf(lineage).DropEverythingAsync(newest.Epoch),
        _ => PurgesOf(lineage).ApplyAsync(newest.Epoch, what.Keys, what.Tags),
    };

    /// <summary>A database of the primary, accessed as an administrator.</summary>
    public IDatabase AtPrimary => primary.GetDatabase();

    public override Task<Watermark> SavedAsync() => LeastAsync(Keys.Lineage, keys => keys.Applied);

    /// <summary>Writes the database's identity to the primary, as an Invalidator does.</summary>
    public Task NameDatabaseAsync(string database) => AtPrimary.StringSetAsync(Keys.Database, database);

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

    public override Task CrashAsync() => Region.Process.KillAsync();

    public override Task RestartAsync() => Region.Process.StartAsync();

    public override Task CutPurgesAsync() => BreakAsync();

    public override Task MendPurgesAsync() => MendAsync();

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        await primary.DisposeAsync();
        await Link.DisposeAsync();
        await Primary.Process.DisposeAsync();
    }

    protected virtual RedisRole PrimaryRole => RedisRole.Primary;

    protected virtual RedisRole RegionRole => RedisRole.Region;

    protected override async Task<RedisServer> StartRegionAsync(SharedServers servers)
    {
        Primary = await servers.StartRedisAsync(PrimaryRole);
        primary = await ConnectionMultiplexer.ConnectAsync(Primary.Endpoint);
        Link = new WanLink(Primary.Port);
        return await servers.StartRedisAsync(RegionRole, Link.Port);
    }

    private PurgeScript PurgesOf(string lineage) => new(AtPrimary, new RedisKeys(Keys.Prefix, lineage));
}
