using System.Globalization;
using LastMile.Events.Chaos.Oracle;

namespace LastMile.Events.Chaos.Report;

/// <summary>What an independent region must reach in a run.</summary>
internal static class IndependentTargets
{
    /// <summary>The least share of purges that arrive within a second of their commit.</summary>
    public const double LeastWithinSecond = 0.95;

    /// <summary>The longest time that an entry is stale without an excuse.</summary>
    public static readonly TimeSpan LongestUnexcused = TimeSpan.FromSeconds(3);

    /// <summary>Returns a message for each target that a region missed.</summary>
    public static IEnumerable<string> Missed(string region, PurgeTimes times)
    {
        if (times.Purges > 0 && times.WithinSecond < LeastWithinSecond * times.Purges)
        {
            yield return string.Create(
                CultureInfo.InvariantCulture,
                $"{region} applied {100.0 * times.WithinSecond / times.Purges:0.0} % of its purges within a second; "
                    + $"the target is {100 * LeastWithinSecond:0} %.");
        }

        if (times.LongestUnexcused > LongestUnexcused)
        {
            yield return string.Create(
                CultureInfo.InvariantCulture,
                $"{region} held a stale entry for {times.LongestUnexcused.TotalSeconds:0.0} s while its agent, and the bus or the purge "
                    + $"log, were there; the target is {LongestUnexcused.TotalSeconds:0} s.");
        }
    }
}
