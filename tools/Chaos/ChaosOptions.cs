using LastMile.Events.Fabric;

namespace LastMile.Events.Chaos;

/// <summary>The options of a chaos run.</summary>
/// <param name="Seed">The seed that determines the faults.</param>
/// <param name="Independent">The regions that are independent; the others are replicated.</param>
internal sealed record ChaosOptions(int Seed, IReadOnlyCollection<string> Independent)
{
    /// <summary>The regions of every run.</summary>
    public static readonly IReadOnlyList<string> Regions = ["ams", "syd", "gru"];

    /// <summary>How long the run starts new rounds.</summary>
    public TimeSpan Duration { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>Whether to end the run once every kind of fault has been injected.</summary>
    public bool OnceThrough { get; init; }

    /// <summary>The longest duration of a fault.</summary>
    public TimeSpan LongestFault { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>How long the load runs before the first fault.</summary>
    public TimeSpan WarmUp { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How many products are read, changed, and followed.</summary>
    public int Products { get; init; } = 400;

    /// <summary>The load factor: 0.25 means a quarter of the changes and reads per second.</summary>
    public double Busy { get; init; } = 1;

    /// <summary>The server of each independent region.</summary>
    public RegionServer Server { get; init; }

    /// <summary>Whether the run fails if an independent region misses its <see cref="Report.IndependentTargets"/>.</summary>
    public bool JudgeTimes { get; init; }

    /// <summary>Whether the run has a Redis primary, which nothing needs if all regions are independent.</summary>
    public bool HasPrimary => Independent.Count < Regions.Count;

    /// <summary>The servers that the run needs.</summary>
    public FabricOptions Servers => new()
    {
        Regions = Regions,
        Independent = Independent,
        Primary = HasPrimary,
        Servers = Independent.ToDictionary(region => region, _ => Server, StringComparer.Ordinal),
    };
}
