namespace LastMile.Events.Fabric;

/// <summary>What a <see cref="RegionalFabric"/> consists of.</summary>
public sealed record FabricOptions
{
    /// <summary>The names of the regions.</summary>
    public IReadOnlyList<string> Regions { get; init; } = ["ams", "syd", "gru"];

    /// <summary>How purges reach the regions.</summary>
    public Topology Topology { get; init; } = Topology.Replicated;

    /// <summary>
    /// Whether each region of the replicated topology replicates over a <see cref="WanLink"/>. Without, directly: a link is a relay in this
    /// process, which a measurement would measure too.
    /// </summary>
    public bool Links { get; init; } = true;

    /// <summary>The folder to make the run's folder in; null for <c>.lastmile</c> in the repository.</summary>
    public string? Folder { get; init; }
}

/// <summary>How purges reach the regions.</summary>
public enum Topology
{
    /// <summary>Each region is a writable replica of the primary, behind a <see cref="WanLink"/> of its own.</summary>
    Replicated,

    /// <summary>The regions are unrelated servers.</summary>
    Independent,
}
