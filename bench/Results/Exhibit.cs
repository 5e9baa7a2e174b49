using System.Text.RegularExpressions;
using LastMile.Events.Bench.Results.Plots;
using LastMile.Events.Bench.Results.Tables;

namespace LastMile.Events.Bench.Results;

/// <summary>One comparison as shown to people.</summary>
/// <param name="Name">The part of file names that identifies it, such as <c>latency-commit-to-gone-at-50-changes-s</c>.</param>
/// <param name="Table">Its figures.</param>
/// <param name="DrawPlot">Draws the figures as SVG.</param>
internal sealed partial record Exhibit(string Name, Table Table, Func<string> DrawPlot)
{
    /// <summary>Returns all comparisons of a section, in its order.</summary>
    public static IReadOnlyList<Exhibit> Of(SectionResult section) =>
    [
        .. section.Comparisons.Select(comparison => new Exhibit(
            NameOf(section, $"{comparison.Work} {comparison.Unit}"), ResultTables.Of(comparison), () => BarPlot.Draw(comparison))),
        .. section.Latencies.Select(comparison => new Exhibit(
            NameOf(section, comparison.Work), ResultTables.Of(comparison), () => LatencyPlot.Draw(comparison))),
    ];

    /// <summary>Returns the file name of the plot next to a report.</summary>
    public string PlotFile(string report) => $"{report}-{Name}.svg";

    private static string NameOf(SectionResult section, string title) =>
        $"{section.Section}-{NoWord.Replace(title.ToLowerInvariant(), "-").Trim('-')}";

    [GeneratedRegex("[^a-z0-9]+", RegexOptions.NonBacktracking)]
    private static partial Regex NoWord { get; }
}
