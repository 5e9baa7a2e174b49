namespace LastMile.Events.Bench.Results.Tables;

/// <summary>A section's results as tables.</summary>
internal static class ResultTables
{
    public static Table Of(Comparison comparison) => new(
        comparison.Work,
        ["contender", comparison.Unit, "ratio", "ratio of the rounds"],
        [.. comparison.Contenders.Select(contender => (Cell[])
        [
            contender.Name,
            Figure.Of(contender.Median),
            Figure.Of(contender.Ratio),
            Figure.Range(contender.LowestRatio, contender.HighestRatio),
        ])]);

    public static Table Of(LatencyComparison comparison) => new(
        $"{comparison.Work}, ms",
        ["contender", "p50", "p90", "p99", "max", "p50 of the rounds", "p99 of the rounds", "changes"],
        [.. comparison.Contenders.Select(contender => (Cell[])
        [
            contender.Name,
            Figure.Of(contender.P50),
            Figure.Of(contender.P90),
            Figure.Of(contender.P99),
            Figure.Of(contender.Max),
            Spread(contender, 0.50),
            Spread(contender, 0.99),
            $"{contender.Count:N0}",
        ])]);

    public static Table Of(IReadOnlyList<Target> targets) => new(
        "targets",
        ["what", "measured", "target", ""],
        [.. targets.Select(target => (Cell[])
        [
            target.What,
            target.MeasuredText(),
            target.LimitText(),
            target.Met ? new Cell("met", Tone.Good) : new Cell("missed", Tone.Bad),
        ])]);

    private static string Spread(LatencyContender contender, double share)
    {
        var (lowest, highest) = contender.Spread(share);
        return Figure.Range(lowest, highest);
    }
}
