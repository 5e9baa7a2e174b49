namespace LastMile.Events.RegionAgent.Status;

/// <summary>
/// How soon the next report may follow: some at once, and one an interval in the long run. A leaky bucket, in the form of the generic cell
/// rate algorithm (ITU-T I.371).
/// </summary>
/// <param name="interval">From one report to the next in the long run.</param>
/// <param name="burst">How many may follow each other at once, after calm for as many intervals. 1 or more.</param>
internal sealed class ReportPace(TimeSpan interval, int burst)
{
    private TimeSpan paidUntil;

    /// <summary>A report was made.</summary>
    /// <param name="now">By any clock that does not go back.</param>
    /// <returns>How long to wait before the next; zero for not at all.</returns>
    public TimeSpan Made(TimeSpan now)
    {
        paidUntil = (paidUntil > now ? paidUntil : now) + interval;
        var ahead = paidUntil - now - ((burst - 1) * interval);
        return ahead > TimeSpan.Zero ? ahead : TimeSpan.Zero;
    }
}
