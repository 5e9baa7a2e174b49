namespace LastMile.Events.Fabric;

/// <summary>One region of a <see cref="RegionalFabric"/>.</summary>
/// <param name="Name">As <c>ams</c>.</param>
/// <param name="Kind">How purges reach it.</param>
/// <param name="Redis">The Redis that the region's applications use.</param>
/// <param name="Link">
/// The line that purges come over: from the primary to a replica, from the agent to an independent Redis. Null where the options ask for
/// none.
/// </param>
public sealed record Region(string Name, RegionKind Kind, RedisServer Redis, WanLink? Link)
{
    /// <summary>Where the region's agent finds its Redis: a StackExchange.Redis connection string.</summary>
    public string AgentEndpoint => Kind == RegionKind.Independent && Link is not null
        ? $"127.0.0.1:{Link.Port},{Redis.Users.Login(RedisUser.Agent)}"
        : Redis.EndpointAs(RedisUser.Agent);
}
