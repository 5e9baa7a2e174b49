namespace LastMile.Events.Bench.Results;

/// <summary>The same changes by several contenders, each change timed.</summary>
/// <param name="Work">The work, such as <c>commit to gone at 50 changes/s</c>.</param>
/// <param name="Contenders">The contenders with their latencies; the first is the reference for the others.</param>
internal sealed record LatencyComparison(string Work, IReadOnlyList<LatencyContender> Contenders)
{
    /// <summary>Returns the contender with a name.</summary>
    public LatencyContender Of(string name) => Contenders.First(contender => contender.Name == name);
}

/// <summary>One contender's latencies.</summary>
/// <param name="Name">The contender's name.</param>
/// <param name="Rounds">The latency of each change in milliseconds, by round, in the order of the changes.</param>
internal sealed record LatencyContender(string Name, IReadOnlyList<IReadOnlyList<double>> Rounds)
{
    private readonly double[] sorted = [.. Rounds.SelectMany(round => round).Order()];

    /// <summary>The number of timed changes.</summary>
    public int Count => sorted.Length;

    public double P50 => Percentile(0.50);

    public double P90 => Percentile(0.90);

    public double P99 => Percentile(0.99);

    public double Max => sorted[^1];

    /// <summary>Returns the latency that a share of all changes stayed within, over all rounds (nearest rank).</summary>
    public double Percentile(double share) => NearestRank(sorted, share);

    /// <summary>Returns the lowest and highest percentile of the individual rounds, which shows how far to trust the figure.</summary>
    public (double Lowest, double Highest) Spread(double share)
    {
        var rounds = Rounds.Select(round => NearestRank([.. round.Order()], share)).ToList();
        return (rounds.Min(), rounds.Max());
    }

    private static double NearestRank(double[] sorted, double share) => sorted[Math.Max(0, (int)Math.Ceiling(share * sorted.Length) - 1)];
}
