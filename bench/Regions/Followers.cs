using LastMile.Events.Bench.Running;
using LastMile.Events.Fabric;
using StackExchange.Redis;

namespace LastMile.Events.Bench.Regions;

/// <summary>
/// Lets the first few regions replicate from the primary, and disconnects the others. A replica that is pointed at a port where nothing
/// listens keeps its replication offset, so it returns without a full sync.
/// </summary>
internal sealed class Followers : IAsyncDisposable
{
    private const int DeadPort = 1;

    private readonly IReadOnlyList<Region> regions;
    private readonly List<RedisAdmin> admins = [];
    private string host = "";
    private int port;

    private Followers(IReadOnlyList<Region> regions) => this.regions = regions;

    /// <summary>Connects to regions that all replicate from the primary.</summary>
    public static async Task<Followers> ConnectAsync(IReadOnlyList<Region> regions)
    {
        var followers = new Followers(regions);
        foreach (var region in regions)
            followers.admins.Add(await RedisAdmin.ConnectAsync(region.Redis));
        // The primary's address as the region sees it, which differs from this process's view when it runs in a container.
        var role = (Role.Replica)await followers.admins[0].Server.RoleAsync();
        (followers.host, followers.port) = (role.MasterIp, role.MasterPort);
        return followers;
    }

    /// <summary>Makes only the first regions replicate; returns them once they are in sync.</summary>
    /// <param name="count">The number of regions.</param>
    /// <param name="cancellationToken">Cancels the wait.</param>
    public async Task<IReadOnlyList<Region>> FollowAsync(int count, CancellationToken cancellationToken)
    {
        await Task.WhenAll(admins.Select((admin, i) => admin.Server.ExecuteAsync("REPLICAOF", host, i < count ? port : DeadPort)));
        var following = regions.Take(count).ToList();
        await Task.WhenAll(following.Select(region => region.Redis.WaitForSyncAsync(cancellationToken)));
        return following;
    }

    /// <summary>Returns the total CPU time of the first regions' Redis servers.</summary>
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
