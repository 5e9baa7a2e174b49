using LastMile.Events.Bench.Running;
using LastMile.Events.Fabric;
using StackExchange.Redis;

namespace LastMile.Events.Bench.Regions;

/// <summary>
/// Lets the first few regions follow the primary, and keeps the others from it. A replica that is sent to a port where nothing listens
/// keeps its place in the stream, so that its return costs no full sync.
/// </summary>
internal sealed class Followers : IAsyncDisposable
{
    private const int DeadPort = 1;

    private readonly IReadOnlyList<Region> regions;
    private readonly List<RedisAdmin> admins = [];
    private string host = "";
    private int port;

    private Followers(IReadOnlyList<Region> regions) => this.regions = regions;

    /// <summary>Takes hold of regions that all follow their primary.</summary>
    public static async Task<Followers> ConnectAsync(IReadOnlyList<Region> regions)
    {
        var followers = new Followers(regions);
        foreach (var region in regions)
            followers.admins.Add(await RedisAdmin.ConnectAsync(region.Redis));
        // Where the primary is, as a region calls it: a container knows it by another name than this program does.
        var role = (Role.Replica)await followers.admins[0].Server.RoleAsync();
        (followers.host, followers.port) = (role.MasterIp, role.MasterPort);
        return followers;
    }

    /// <summary>Returns when the first regions follow, and no other does.</summary>
    /// <param name="count">How many.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task<IReadOnlyList<Region>> FollowAsync(int count, CancellationToken cancellationToken)
    {
        await Task.WhenAll(admins.Select((admin, i) => admin.Server.ExecuteAsync("REPLICAOF", host, i < count ? port : DeadPort)));
        var following = regions.Take(count).ToList();
        await Task.WhenAll(following.Select(region => region.Redis.WaitForSyncAsync(cancellationToken)));
        return following;
    }

    /// <summary>What the first regions' Redis have used of the processors, together.</summary>
    public async Task<TimeSpan> CpuAsync(int count)
    {
        var usages = await Task.WhenAll(admins.Take(count).Select(admin => admin.UsageAsync()));
        return usages.Aggregate(TimeSpan.Zero, (sum, usage) => sum + usage.Cpu);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var admin in admins)
            await admin.DisposeAsync();
    }
}
