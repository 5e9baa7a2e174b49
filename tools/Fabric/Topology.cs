namespace LastMile.Events.Fabric;

/// <summary>A choice of <c>--topology</c>: how purges reach the regions, and the regions' servers.</summary>
/// <param name="Name">The name on the command line.</param>
/// <param name="Description">What it is, for a command's help.</param>
/// <param name="Server">The server of every region; null if the regions replicate from the primary.</param>
public sealed record Topology(string Name, string Description, RegionServer? Server)
{
    /// <summary>Whether the regions replicate from the primary and refuse writes.</summary>
    public bool IsReadOnly { get; private init; }

    /// <summary>Writable replicas of the primary: the default.</summary>
    public static Topology Replicated { get; } = new("replicated", "a writable replica of the primary in each region", null);

    /// <summary>All topologies.</summary>
    public static IReadOnlyList<Topology> All { get; } =
    [
        Replicated,
        new("independent", "a Redis of its own", RegionServer.Redis),
        new("cluster", "a Redis Cluster of three primaries and three replicas", RegionServer.Cluster),
        new("garnet", "a Garnet, as a managed service", RegionServer.Garnet),
        new("managed", "an endpoint whose Redis changes, as a managed service has it", RegionServer.Managed),
        new("read-only", "a replica that refuses writes; applications fill the cache at the primary", null) { IsReadOnly = true },
    ];

    /// <summary>Returns the topology of a name.</summary>
    public static Topology Of(string name) => All.Single(topology => topology.Name == name);

    /// <summary>Returns options with this topology for all of their regions.</summary>
    public FabricOptions Apply(FabricOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        if (IsReadOnly)
            return options with { ReadOnly = true };
        return Server is not { } server ? options : options with
        {
            Primary = false,
            Independent = [.. options.Regions],
            Servers = options.Regions.ToDictionary(region => region, _ => server, StringComparer.Ordinal),
        };
    }
}
