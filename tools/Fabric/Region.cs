namespace LastMile.Events.Fabric;

/// <summary>One region of a <see cref="RegionalFabric"/>.</summary>
/// <param name="Name">The name, such as <c>ams</c>.</param>
/// <param name="Kind">How purges reach it.</param>
/// <param name="Redis">The Redis that the region's applications use.</param>
/// <param name="Link">
/// The link that carries purges: from the primary to a replica, or from the agent to an independent Redis. Null if the options disable
/// links.
/// </param>
/// <param name="ReaderLink">The link from the region's applications to its Redis; null if the options disable it.</param>
public sealed record Region(string Name, RegionKind Kind, RedisServer Redis, WanLink? Link, WanLink? ReaderLink = null)
{
    /// <summary>A StackExchange.Redis connection string to the region's Redis for its applications.</summary>
    public string ApplicationEndpoint => ReaderLink is not null
        ? $"127.0.0.1:{ReaderLink.Port},{Redis.Users.Login(RedisUser.Application)}"
        : Redis.EndpointAs(RedisUser.Application);

    /// <summary>A StackExchange.Redis connection string to the region's Redis for its agent.</summary>
    public string AgentEndpoint => Kind == RegionKind.Independent && Link is not null
        ? $"127.0.0.1:{Link.Port},{Redis.Users.Login(RedisUser.Agent)}"
        : Redis.EndpointAs(RedisUser.Agent);
}
