using LastMile.Events.Fabric;

namespace LastMile.Events.Chaos;

/// <summary>What a run is.</summary>
/// <param name="Seed">What its faults are drawn from.</param>
/// <param name="Independent">Which of the regions are independent; the others are replicated.</param>
internal sealed record ChaosOptions(int Seed, IReadOnlyCollection<string> Independent)
{
    /// <summary>The regions of every run.</summary>
    public static readonly IReadOnlyList<string> Regions = ["ams", "syd", "gru"];

    /// <summary>How long to go on beginning rounds.</summary>
    public TimeSpan Duration { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>Whether to end when every kind of fault was made once.</summary>
    public bool OnceThrough { get; init; }

    /// <summary>No fault lasts longer.</summary>
    public TimeSpan LongestFault { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>How long the load runs before the first fault.</summary>
    public TimeSpan WarmUp { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How many products are read, changed and followed.</summary>
    public int Products { get; init; } = 400;

    /// <summary>How busy the shop is: a quarter has a quarter of the changes and reads of a second.</summary>
    public double Busy { get; init; } = 1;

    /// <summary>The servers that it needs.</summary>
    public FabricOptions Servers => new() { Regions = Regions, Independent = Independent };
}
