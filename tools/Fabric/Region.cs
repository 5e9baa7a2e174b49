namespace LastMile.Events.Fabric;

/// <summary>One region of a <see cref="RegionalFabric"/>.</summary>
/// <param name="Name">The name, such as <c>ams</c>.</param>
/// <param name="Kind">How purges reach it.</param>
/// <param name="Redis">
/// The Redis that the region's applications use. Of a cluster, it is the first node's address, and its process is all nodes.
/// </param>
/// <param name="Link">
/// The link that carries purges: from the primary to a replica, or from the agent to an independent Redis. Null if the options disable
/// links.
/// </param>
/// <param name="ReaderLink">The link from the region's applications to its Redis; null if the options disable it.</param>
public sealed record Region(string Name, RegionKind Kind, RedisServer Redis, WanLink? Link, WanLink? ReaderLink = null)
{
    /// <summary>The region's cluster; null unless it has one.</summary>
    public RedisClusterServers? Cluster { get; init; }

    /// <summary>The region's managed endpoint; null unless it has one.</summary>
    public ManagedEndpoint? Endpoint { get; init; }

    /// <summary>The primary, where a read-only region's applications fill the cache; null in other regions.</summary>
    public RedisServer? Primary { get; init; }

    /// <summary>The kind of its server.</summary>
    public RegionServer Server { get; init; }

    /// <summary>A StackExchange.Redis connection string to the region's Redis for its applications.</summary>
    public string ApplicationEndpoint => Cluster?.EndpointAs(RedisUser.Application) ?? (ReaderLink is not null
        ? $"127.0.0.1:{ReaderLink.Port},{Redis.Users.Login(RedisUser.Application)}"
        : Redis.EndpointAs(RedisUser.Application));

    /// <summary>A StackExchange.Redis connection string to the region's Redis for its agent.</summary>
    public string AgentEndpoint
    {
        get
        {
            if (Cluster is not null)
                return Cluster.EndpointAs(RedisUser.Agent) + (Link is null ? "" : $",tunnel=http:127.0.0.1:{Link.Port}");
            return Kind == RegionKind.Independent && Link is not null
                ? $"127.0.0.1:{Link.Port},{Redis.Users.Login(RedisUser.Agent)}"
                : Redis.EndpointAs(RedisUser.Agent);
        }
    }

    /// <summary>An administrator's StackExchange.Redis connection string to all nodes.</summary>
    public string AdministratorEndpoint => Cluster?.Endpoint ?? Redis.Endpoint;

    /// <summary>All servers that clients may reach: one, or the nodes of a cluster.</summary>
    public IReadOnlyList<RedisServer> Nodes => Cluster is null ? [Redis] : [.. Cluster.Nodes.Select(node => node.Server)];

    /// <summary>Returns the servers that hold the region's keys now: one, or the primaries of a cluster.</summary>
    public async Task<IReadOnlyList<RedisServer>> KeyServersAsync() =>
        Cluster is null ? [Redis] : [.. (await Cluster.PrimariesAsync()).Select(node => node.Server)];

    /// <summary>Deletes all of the region's keys.</summary>
    public async Task EmptyAsync()
    {
        foreach (var server in await KeyServersAsync())
            await server.EmptyAsync();
    }
}
