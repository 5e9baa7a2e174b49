namespace LastMile.Events.Bench.Results;

/// <summary>What one section found.</summary>
/// <param name="Section">Its name.</param>
/// <param name="Comparisons">Work measured once a round, such as a throughput.</param>
/// <param name="Latencies">Work measured for each change.</param>
/// <param name="Targets">What the figures should be, and whether they are.</param>
/// <param name="Settings">How the contenders and the servers were set up, for whoever wants to doubt the figures.</param>
internal sealed record SectionResult(
    string Section,
    IReadOnlyList<Comparison> Comparisons,
    IReadOnlyList<LatencyComparison> Latencies,
    IReadOnlyList<Target> Targets,
    IReadOnlyDictionary<string, string> Settings)
{
    /// <summary>What the section answers.</summary>
    public string Question { get; init; } = "";
}
