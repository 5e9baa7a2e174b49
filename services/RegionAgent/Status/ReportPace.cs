namespace LastMile.Events.RegionAgent.Status;

/// <summary>
/// Limits the rate of reports: a short burst at once, and one report per interval in the long run. A leaky bucket, implemented as the
/// generic cell rate algorithm (ITU-T I.371).
/// </summary>
/// <param name="interval">The interval between reports in the long run.</param>
/// <param name="burst">How many reports may follow each other at once after that many idle intervals. 1 or more.</param>
internal sealed class ReportPace(TimeSpan interval, int burst)
{
    private TimeSpan usedUntil;

    /// <summary>Records a report.</summary>
    /// <param name="now">The time by a monotonic clock.</param>
    /// <returns>How long to wait before the next report; zero when it may follow at once.</returns>
    public TimeSpan Record(TimeSpan now)
    {
        usedUntil = (usedUntil > now ? usedUntil : now) + interval;
        var ahead = usedUntil - now - ((burst - 1) * interval);
        return ahead > TimeSpan.Zero ? ahead : TimeSpan.Zero;
    }
}
