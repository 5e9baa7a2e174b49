using LastMile.Events.Caching;
using LastMile.Events.Fabric;
using LastMile.Events.Redis;
using LastMile.Events.Testing;
using StackExchange.Redis;

namespace Caching.Tests;

/// <summary>A primary on which purges are applied and entries are stored, and a region's Redis that is its read-only replica.</summary>
public sealed class ReadOnlyRegion(SharedServers servers) : CacheRegion
{
    private ConnectionMultiplexer primary = null!;
    private PurgeScript purges = null!;
    private long epoch = 1;

    /// <summary>The replica.</summary>
    public RedisServer Server { get; private set; } = null!;

    public RedisServer Primary { get; private set; } = null!;

    /// <summary>The link over which the replica replicates.</summary>
    public WanLink Replication { get; private set; } = null!;

    /// <summary>The link over which processes reach the primary.</summary>
    public WanLink Link { get; private set; } = null!;

    /// <summary>The primary.</summary>
    public override IDatabase Redis => primary.GetDatabase();

    public override string Endpoint => Server.Endpoint;

    protected override string EndpointOfApplication => Server.EndpointAs(RedisUser.Application);

    protected override string PrimaryEndpointOfApplication => $"127.0.0.1:{Link.Port},{Primary.Users.Login(RedisUser.Application)}";

    public override async ValueTask InitializeAsync()
    {
        Primary = await servers.StartRedisAsync(RedisRole.FilledPrimary);
        Link = new WanLink(Primary.Port);
        Replication = new WanLink(Primary.Port);
        Server = await servers.StartRedisAsync(RedisRole.ReadOnlyRegion, Replication.Port);
        primary = await ConnectionMultiplexer.ConnectAsync(Primary.Endpoint);
        purges = new PurgeScript(Redis, Keys);
        await purges.OpenEpochAsync(epoch);
        await WaitForReplicaAsync();
        await StateAsync(isSound: true);
    }

    public override async Task PurgeAsync(string[] dropped, params string[] tags)
    {
        await ApplyAsync(dropped, tags);
        await WaitForReplicaAsync();
    }

    /// <summary>Applies a purge on the primary, without waiting for the replica.</summary>
    public Task ApplyAsync(string[] dropped, params string[] tags) => purges.ApplyAsync(epoch, dropped, tags);

    public override async Task RepairAsync(string[] dropped, params string[] tags)
    {
        var shown = Watermark.TryParse(await Redis.StringGetAsync(Keys.Watermark), out var watermark) ? watermark : new Watermark(epoch, 0);
        await new ApplyScript(Redis, Keys).ApplyAsync(shown, dropped, tags);
        await WaitForReplicaAsync();
    }

    public override async Task RemoveAsync(string key)
    {
        await Redis.KeyDeleteAsync(key);
        await WaitForReplicaAsync();
    }

    public override Task StateAsync(bool isSound) => StateAsync(isSound ? TimeSpan.FromHours(1) : TimeSpan.Zero);

    /// <summary>States for a time that readers may use the cache.</summary>
    public async Task StateAsync(TimeSpan timeToLive)
    {
        var marker = Keys.SoundIn(await RunAsync());
        if (timeToLive > TimeSpan.Zero)
            await Redis.StringSetAsync(marker, "1", timeToLive);
        else
            await Redis.KeyDeleteAsync(marker);
    }

    /// <summary>Returns the run of the replica.</summary>
    public async Task<string> RunAsync() => ((string)(await Server.SendAsync("INFO", "server"))!)
        .Split("run_id:")[1].Split('\r')[0];

    public async Task WaitForReplicaAsync()
    {
        // Only from a connection that has written itself does WAIT count the replicas that have this write.
        var offset = Offset((string)(await Primary.SendAsync("INFO", "replication"))!, "master_repl_offset:");
        await Eventually.Async(async () =>
            Offset((string)(await Server.SendAsync("INFO", "replication"))!, "slave_repl_offset:") >= offset);
    }

    public override void ConnectAsAdministrator(LastMileCacheOptions cache)
    {
        base.ConnectAsAdministrator(cache);
        cache.RegionPrimary(Primary.Endpoint);
    }

    /// <summary>Sends a command to both servers; the replica replicates a flush.</summary>
    public override async Task AdminAsync(params string[] command)
    {
        await AdminAsync(Primary, command);
        if (command[0] == "FLUSHALL")
            await purges.OpenEpochAsync(++epoch);
        else
            await AdminAsync(Server, command);
    }

    public override Task PublishAsync(string body) => AdminAsync(Server, "PUBLISH", Keys.PurgeChannel.ToString(), body);

    protected override async ValueTask CloseAsync()
    {
        await primary.DisposeAsync();
        await Link.DisposeAsync();
        await Replication.DisposeAsync();
    }

    private static long Offset(string info, string name) =>
        long.Parse(info.Split(name)[1].Split('\r')[0], System.Globalization.CultureInfo.InvariantCulture);
}
