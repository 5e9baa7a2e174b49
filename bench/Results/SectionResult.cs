namespace LastMile.Events.Bench.Results;

/// <summary>The result of one section.</summary>
/// <param name="Section">The section's name.</param>
/// <param name="Comparisons">Quantities measured once per round, such as throughput.</param>
/// <param name="Latencies">Latencies measured for each change.</param>
/// <param name="Targets">The targets, and whether they are met.</param>
/// <param name="Settings">The setup of the contenders and servers, so that readers can check the figures.</param>
internal sealed record SectionResult(
    string Section,
    IReadOnlyList<Comparison> Comparisons,
    IReadOnlyList<LatencyComparison> Latencies,
    IReadOnlyList<Target> Targets,
    IReadOnlyDictionary<string, string> Settings)
{
    /// <summary>The question that the section answers.</summary>
    public string Question { get; init; } = "";
}
