using LastMile.Events.Tool.Installation;

namespace LastMile.Events.Tool.Doctor.Facts;

/// <summary>Everything that <c>lastmile doctor</c> has read.</summary>
/// <param name="Settings">The installation file.</param>
/// <param name="Postgres">The database.</param>
/// <param name="PrimaryOrNone">The Redis primary, as the Invalidator sees it; null if there is none.</param>
/// <param name="Broker">RabbitMQ, as the Invalidator sees it.</param>
/// <param name="Invalidator">The Invalidator; null if the file has no address.</param>
/// <param name="Regions">The regions.</param>
internal sealed record InstallationFacts(
    InstallationSettings Settings,
    PostgresFacts Postgres,
    RedisFacts? PrimaryOrNone,
    BrokerFacts Broker,
    ServiceFacts? Invalidator,
    IReadOnlyList<RegionFacts> Regions)
{
    /// <summary>Whether applications fill the primary, because a region is read-only.</summary>
    public bool ApplicationsFillPrimary => Regions.Any(region => region.Settings.IsReadOnly);

    /// <summary>The Redis primary.</summary>
    /// <exception cref="InvalidOperationException">The installation has none.</exception>
    public RedisFacts Primary => PrimaryOrNone ?? throw new InvalidOperationException("The installation has no Redis primary.");
}

/// <summary>A region's facts.</summary>
/// <param name="Name">The region's name.</param>
/// <param name="Settings">The region in the installation file.</param>
/// <param name="Redis">The region's Redis, as its agent sees it.</param>
/// <param name="Application">The same, as its applications see it; null if the file has no login.</param>
/// <param name="Broker">RabbitMQ, as the agent sees it; null if the file has no address.</param>
/// <param name="Agent">The agent; null if the file has no address.</param>
internal sealed record RegionFacts(
    string Name, RegionSettings Settings, RedisFacts Redis, RedisFacts? Application, BrokerFacts? Broker, ServiceFacts? Agent)
{
    /// <summary>Why the purge log does not answer the agent's key, null if it does; null as a whole if the file has no address.</summary>
    public Fact<string?>? Log { get; init; }

    /// <summary>The nodes, if the region's Redis is a cluster; null otherwise.</summary>
    public Fact<ClusterFacts>? Cluster { get; init; }

    /// <summary>The primary of a read-only region, as its agent sees it; null in other regions.</summary>
    public RedisFacts? AgentAtPrimary { get; init; }

    /// <summary>The primary of a read-only region, as its applications see it; null in other regions, or without a login.</summary>
    public RedisFacts? ApplicationAtPrimary { get; init; }

    /// <summary>Whether the region's Redis is expected to replicate from the primary.</summary>
    public bool Replicates => !Settings.IsIndependent;

    /// <summary>Whether the region's Redis is expected to be a writable replica.</summary>
    public bool IsWritableReplica => Replicates && !Settings.IsReadOnly;
}
