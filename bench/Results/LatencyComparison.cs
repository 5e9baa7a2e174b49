namespace LastMile.Events.Bench.Results;

/// <summary>The same changes by several contenders, each change timed.</summary>
/// <param name="Work">What was done, as <c>commit to gone at 50 changes/s</c>.</param>
/// <param name="Contenders">Each with its latencies; the first is what the others are compared with.</param>
internal sealed record LatencyComparison(string Work, IReadOnlyList<LatencyContender> Contenders)
{
    /// <summary>The contender of a name.</summary>
    public LatencyContender Of(string name) => Contenders.First(contender => contender.Name == name);
}

/// <summary>One contender's latencies.</summary>
/// <param name="Name">Who.</param>
/// <param name="Rounds">Milliseconds of each change, round by round, in the order in which the changes were made.</param>
internal sealed record LatencyContender(string Name, IReadOnlyList<IReadOnlyList<double>> Rounds)
{
    private readonly double[] sorted = [.. Rounds.SelectMany(round => round).Order()];

    /// <summary>How many changes were timed.</summary>
    public int Count => sorted.Length;

    public double P50 => Percentile(0.50);

    public double P90 => Percentile(0.90);

    public double P99 => Percentile(0.99);

    public double Max => sorted[^1];

    /// <summary>The latency that a share of all changes stayed within, of all rounds together: nearest rank.</summary>
    public double Percentile(double share) => NearestRank(sorted, share);

    /// <summary>The lowest and the highest of the rounds' own percentiles: how far to trust the figure.</summary>
    public (double Lowest, double Highest) Spread(double share)
    {
        var rounds = Rounds.Select(round => NearestRank([.. round.Order()], share)).ToList();
        return (rounds.Min(), rounds.Max());
    }

    private static double NearestRank(double[] sorted, double share) => sorted[Math.Max(0, (int)Math.Ceiling(share * sorted.Length) - 1)];
}
