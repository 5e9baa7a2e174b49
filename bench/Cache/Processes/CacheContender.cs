using LastMile.Events.Fabric;

namespace LastMile.Events.Bench.Cache.Processes;

/// <summary>A cache that processes of an application can use.</summary>
/// <param name="Name">The name.</param>
/// <param name="StartAsync">Starts a process in a region.</param>
internal sealed record CacheContender(
    string Name, Func<RedisServer, CacheTimes, CancellationToken, Task<ICacheProcess>> StartAsync)
{
    /// <summary>The reference for the others.</summary>
    public static CacheContender Hybrid { get; } = new("Microsoft's HybridCache", HybridProcess.StartMicrosoftAsync);

    public static CacheContender LastMile { get; } = new("LastMile", HybridProcess.StartLastMileAsync);

    public static CacheContender Fusion { get; } = new("FusionCache", FusionProcess.StartAsync);

    public static CacheContender Redis { get; } = new("StackExchange.Redis", RedisProcess.StartAsync);

    /// <summary>All contenders.</summary>
    public static IReadOnlyList<CacheContender> All { get; } = [Hybrid, LastMile, Fusion, Redis];
}
