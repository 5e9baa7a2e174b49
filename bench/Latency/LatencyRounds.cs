using LastMile.Events.Bench.Contenders;
using LastMile.Events.Bench.Running;

namespace LastMile.Events.Bench.Latency;

/// <summary>Lets contenders take turns at the same load.</summary>
internal static class LatencyRounds
{
    /// <summary>Measures all rounds.</summary>
    /// <param name="probe">The probe that observes the deletions.</param>
    /// <param name="contenders">The contenders.</param>
    /// <param name="perSecond">Changes per second in each turn.</param>
    /// <param name="rounds">The number and length of rounds; the first is not in the result.</param>
    /// <param name="cancellationToken">Cancels the measurement.</param>
    /// <returns>For each contender and round, the result of <see cref="LatencyProbe.MeasureAsync"/>: one array per region.</returns>
    public static async Task<IReadOnlyDictionary<IContender, IReadOnlyList<IReadOnlyList<double[]>>>> MeasureAsync(
        LatencyProbe probe, IReadOnlyList<IContender> contenders, int perSecond, Rounds rounds, CancellationToken cancellationToken)
    {
        var turns = contenders.ToDictionary(contender => contender, _ => new List<IReadOnlyList<double[]>>());
        for (var round = 0; round < rounds.Count; round++)
        {
            foreach (var contender in contenders)
            {
                var regions = await probe.MeasureAsync(contender, perSecond, rounds.Slice, cancellationToken);
                if (round > 0)
                    turns[contender].Add(regions);
            }
        }

        return turns.ToDictionary(pair => pair.Key, pair => (IReadOnlyList<IReadOnlyList<double[]>>)pair.Value);
    }
}
