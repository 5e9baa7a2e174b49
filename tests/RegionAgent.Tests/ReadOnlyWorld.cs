using LastMile.Events.Fabric;
using LastMile.Events.Redis;
using LastMile.Events.Testing;
using StackExchange.Redis;

namespace RegionAgent.Tests;

/// <summary>A region that is a replica that refuses writes, behind a link that the test can cut. Applications fill the primary.</summary>
internal sealed class ReadOnlyWorld : ReplicatedWorld
{
    private ConnectionMultiplexer region = null!;

    public override string Topology => "ReadOnly";

    public override IDatabase Held => region.GetDatabase();

    /// <summary>The link between the agent and the primary.</summary>
    public WanLink AgentLink { get; private set; } = null!;

    protected override RedisRole PrimaryRole => RedisRole.FilledPrimary;

    protected override RedisRole RegionRole => RedisRole.ReadOnlyRegion;

    protected override string ApplicationEndpoint => Primary.Endpoint;

    protected override IEnumerable<(string Setting, string Value)> AgentSettings =>
        [("Region:PrimaryConnectionString", $"127.0.0.1:{AgentLink.Port},{Primary.Users.Login(RedisUser.Agent)}{GivesUpSoon}")];

    public static Task<ReadOnlyWorld> OpenAsync(SharedServers servers, params (string Setting, string Value)[] settings) =>
        OpenAsync(new ReadOnlyWorld(), servers, settings);

    private static async Task<ReadOnlyWorld> OpenAsync(
        ReadOnlyWorld world, SharedServers servers, (string Setting, string Value)[] settings)
    {
        await world.BeginAsync(servers, _ => { }, settings);
        return world;
    }

    public override async Task<Watermark> SavedAsync()
    {
        var saved = (string?)await AtPrimary.StringGetAsync($"{Keys.Applied}:ams");
        return Watermark.TryParse(saved?.Split(' ')[0], out var watermark) ? watermark : default;
    }

    public override async Task<RedisKey[]> SoundMarkersAsync() => [Keys.SoundIn((await ServerRun.ReadAsync(InRegion)).Id)];

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        await region.DisposeAsync();
        await AgentLink.DisposeAsync();
    }

    protected override async Task<RedisServer> StartRegionAsync(SharedServers servers)
    {
        var server = await base.StartRegionAsync(servers);
        AgentLink = new WanLink(Primary.Port);
        region = await ConnectionMultiplexer.ConnectAsync(server.Endpoint + ",proxy=Envoyproxy,abortConnect=false");
        return server;
    }
}
