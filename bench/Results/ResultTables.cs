using Spectre.Console;

namespace LastMile.Events.Bench.Results;

/// <summary>Shows a section's results to people.</summary>
internal static class ResultTables
{
    public static void Show(SectionResult result)
    {
        foreach (var comparison in result.Comparisons)
            AnsiConsole.Write(Of(comparison));
        foreach (var comparison in result.Latencies)
            AnsiConsole.Write(Of(comparison));
        if (result.Targets.Count > 0)
            AnsiConsole.Write(Of(result.Targets));
    }

    private static Table Of(Comparison comparison)
    {
        var table = Titled(comparison.Work, "contender", comparison.Unit, "ratio", "lowest and highest of the rounds");
        foreach (var contender in comparison.Contenders)
        {
            table.AddRow(
                Markup.Escape(contender.Name),
                $"{contender.Median:N0}",
                $"{contender.Ratio:0.00}",
                $"{contender.LowestRatio:0.00} to {contender.HighestRatio:0.00}");
        }

        return table;
    }

    private static Table Of(LatencyComparison comparison)
    {
        var table = Titled(comparison.Work + ", ms", "contender", "p50", "p90", "p99", "max", "p50 of the rounds", "changes");
        foreach (var contender in comparison.Contenders)
        {
            var (lowest, highest) = contender.Spread(0.5);
            table.AddRow(
                Markup.Escape(contender.Name),
                $"{contender.P50:0.00}",
                $"{contender.P90:0.00}",
                $"{contender.P99:0.00}",
                $"{contender.Max:0.0}",
                $"{lowest:0.00} to {highest:0.00}",
                $"{contender.Count:N0}");
        }

        return table;
    }

    private static Table Of(IReadOnlyList<Target> targets)
    {
        var table = Titled("targets", "what", "measured", "target", "met");
        foreach (var target in targets)
        {
            table.AddRow(
                Markup.Escape(target.What),
                $"{target.Measured:0.##} {target.Unit}",
                $"{(target.Bound == Bound.AtMost ? "≤" : "≥")} {target.Limit:#,0.##} {target.Unit}",
                target.Met ? "[green]yes[/]" : "[red]no[/]");
        }

        return table;
    }

    private static Table Titled(string title, params string[] columns)
    {
        var table = new Table { Title = new TableTitle(Markup.Escape(title)) };
        table.AddColumns(columns);
        return table;
    }
}
