namespace LastMile.Events.Fabric;

/// <summary>What a <see cref="RegionalFabric"/> consists of.</summary>
public sealed record FabricOptions
{
    /// <summary>The names of the regions.</summary>
    public IReadOnlyList<string> Regions { get; init; } = ["ams", "syd", "gru"];

    /// <summary>Those of them that are servers of their own; the others replicate from the primary.</summary>
    public IReadOnlyCollection<string> Independent { get; init; } = [];

    /// <summary>
    /// Whether purges reach each region over a <see cref="WanLink"/>. Without, directly: a link is a relay in this process, which a
    /// measurement would measure too.
    /// </summary>
    public bool Links { get; init; } = true;

    /// <summary>Whether the primary has a standby that can take over: see <see cref="RegionalFabric.Pair"/>.</summary>
    public bool Standby { get; init; }

    /// <summary>Whether services reach RabbitMQ over a <see cref="WanLink"/>: see <see cref="RegionalFabric.BusLink"/>.</summary>
    public bool BusLink { get; init; }

    /// <summary>A PostgreSQL and a RabbitMQ that run already, to take a database and a virtual host of; null to start both.</summary>
    public ServerAddresses? Shared { get; init; }

    /// <summary>The folder to make the run's folder in; null for <c>.lastmile</c> in the repository.</summary>
    public string? Folder { get; init; }
}

/// <summary>How purges reach a region.</summary>
public enum RegionKind
{
    /// <summary>Its Redis is a writable replica of the primary.</summary>
    Replicated,

    /// <summary>Its Redis is a server of its own: its agent purges it.</summary>
    Independent,
}
