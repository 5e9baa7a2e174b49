using System.Text.RegularExpressions;
using LastMile.Events.Bench.Results.Plots;
using LastMile.Events.Bench.Results.Tables;

namespace LastMile.Events.Bench.Results;

/// <summary>One comparison as people see it.</summary>
/// <param name="Name">A file name's part, as <c>latency-commit-to-gone-at-50-changes-s</c>.</param>
/// <param name="Table">Its figures.</param>
/// <param name="DrawPlot">Draws them, as SVG.</param>
internal sealed partial record Exhibit(string Name, Table Table, Func<string> DrawPlot)
{
    /// <summary>All of a section, in its order.</summary>
    public static IReadOnlyList<Exhibit> Of(SectionResult section) =>
    [
        .. section.Comparisons.Select(comparison => new Exhibit(
            NameOf(section, $"{comparison.Work} {comparison.Unit}"), ResultTables.Of(comparison), () => BarPlot.Draw(comparison))),
        .. section.Latencies.Select(comparison => new Exhibit(
            NameOf(section, comparison.Work), ResultTables.Of(comparison), () => LatencyPlot.Draw(comparison))),
    ];

    /// <summary>The plot's file, beside a report.</summary>
    public string PlotFile(string report) => $"{report}-{Name}.svg";

    private static string NameOf(SectionResult section, string title) => $"{section.Section}-{NoWord.Replace(title.ToLowerInvariant(), "-").Trim('-')}";

    [GeneratedRegex("[^a-z0-9]+", RegexOptions.NonBacktracking)]
    private static partial Regex NoWord { get; }
}
