using LastMile.Events.Bench.Contenders;
using LastMile.Events.Bench.Running;

namespace LastMile.Events.Bench.Latency;

/// <summary>Contenders take turns at the same load.</summary>
internal static class LatencyRounds
{
    /// <summary>Measures all rounds.</summary>
    /// <param name="probe">Where the keys' end is seen.</param>
    /// <param name="contenders">Who takes turns.</param>
    /// <param name="perSecond">The load of a turn.</param>
    /// <param name="rounds">How many and how long; the first is not in the result.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>For each contender, round by round, what <see cref="LatencyProbe.MeasureAsync"/> has found: a row for each region.</returns>
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
