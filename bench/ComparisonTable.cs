using Spectre.Console;

namespace LastMile.Events.Bench;

/// <summary>Shows a comparison to people.</summary>
internal static class ComparisonTable
{
    public static Table Of(Comparison comparison)
    {
        var table = new Table { Title = new TableTitle(Markup.Escape(comparison.Work)) };
        table.AddColumns("contender", comparison.Unit, "ratio", "lowest and highest of the rounds");
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
}
