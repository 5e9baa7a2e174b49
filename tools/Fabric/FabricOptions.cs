namespace LastMile.Events.Fabric;

/// <summary>The options of a <see cref="RegionalFabric"/>.</summary>
public sealed record FabricOptions
{
    /// <summary>The names of the regions.</summary>
    public IReadOnlyList<string> Regions { get; init; } = ["ams", "syd", "gru"];

    /// <summary>The regions with an independent Redis; the others replicate from the primary.</summary>
    public IReadOnlyCollection<string> Independent { get; init; } = [];

    /// <summary>The kind of server of independent regions; those that it does not name have one Redis.</summary>
    public IReadOnlyDictionary<string, RegionServer> Servers { get; init; } =
        new Dictionary<string, RegionServer>(StringComparer.Ordinal);

    /// <summary>
    /// Whether the regions that replicate from the primary refuse writes, so that applications fill the cache at the primary. There is no
    /// standby then, because applications know one primary.
    /// </summary>
    public bool ReadOnly { get; init; }

    /// <summary>Whether there is a Redis primary. Without one, every region must be independent, and there is no standby.</summary>
    public bool Primary { get; init; } = true;

    /// <summary>The lineages: each has a database and an Invalidator. The first one also has the Storefronts.</summary>
    public IReadOnlyList<string> Lineages { get; init; } = ["main"];

    /// <summary>
    /// Whether purges reach each region over a <see cref="WanLink"/>. Set it to false for measurements, because a link is a relay in this
    /// process and would affect them.
    /// </summary>
    public bool Links { get; init; } = true;

    /// <summary>Whether applications reach their region's Redis over a link: see <see cref="Region.ReaderLink"/>.</summary>
    public bool ReaderLinks { get; init; }

    /// <summary>Whether the primary has a standby that can be promoted: see <see cref="RegionalFabric.Pair"/>.</summary>
    public bool Standby { get; init; }

    /// <summary>Whether services reach RabbitMQ over a <see cref="WanLink"/>: see <see cref="RegionalFabric.BusLink"/>.</summary>
    public bool BusLink { get; init; }

    /// <summary>
    /// Whether the agents of independent regions may read the purge log over HTTP: see <see cref="LastMileSystem.LogLinks"/>.
    /// </summary>
    public bool LogAccess { get; init; } = true;

    /// <summary>Running PostgreSQL and RabbitMQ servers, in which to create a database and a virtual host; null to start both.</summary>
    public ServerAddresses? Shared { get; init; }

    /// <summary>The parent of the run's folder; null for <c>.lastmile</c> in the repository.</summary>
    public string? Folder { get; init; }
}

/// <summary>How purges reach a region.</summary>
public enum RegionKind
{
    /// <summary>Its Redis is a writable replica of the primary.</summary>
    Replicated,

    /// <summary>Its Redis is an independent server, which its agent purges.</summary>
    Independent,

    /// <summary>Its Redis is a replica of the primary that refuses writes.</summary>
    ReadOnly,
}

/// <summary>The server of an independent region.</summary>
public enum RegionServer
{
    /// <summary>One Redis.</summary>
    Redis,

    /// <summary>A Redis Cluster: see <see cref="RedisClusterServers"/>.</summary>
    Cluster,

    /// <summary>One Garnet: see <see cref="GarnetServers"/>.</summary>
    Garnet,

    /// <summary>An endpoint whose node changes: see <see cref="ManagedEndpoint"/>.</summary>
    Managed,
}
