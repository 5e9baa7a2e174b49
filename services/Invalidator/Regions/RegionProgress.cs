using LastMile.Events.Invalidator.Changes;
using LastMile.Events.Messages;

namespace LastMile.Events.Invalidator.Regions;

/// <summary>A region's newest report, and what its earlier reports show: arrivals and the worst lag. Thread-safe.</summary>
internal sealed class RegionProgress
{
    private readonly Lock gate = new();
    private readonly TimeProvider time;
    private readonly long start;
    private readonly ArrivalHistory arrivals = new();
    private readonly WorstOfHour lag = new();
    private RegionReported newest;
    private long reportedAt;

    public RegionProgress(RegionReported first, TimeProvider time)
    {
        (this.time, start, newest) = (time, time.GetTimestamp(), first);
        Add(first);
    }

    /// <summary>The newest report.</summary>
    public RegionReported Report
    {
        get
        {
            lock (gate)
                return newest;
        }
    }

    /// <summary>The time since the newest report was received.</summary>
    public TimeSpan ReportAge
    {
        get
        {
            lock (gate)
                return time.GetElapsedTime(reportedAt);
        }
    }

    /// <summary>The greatest lag of the last hour, in milliseconds.</summary>
    public double WorstLagMs
    {
        get
        {
            lock (gate)
                return lag.At(time.GetElapsedTime(start));
        }
    }

    /// <summary>Adds a report.</summary>
    /// <returns>This instance.</returns>
    public RegionProgress Add(RegionReported report)
    {
        lock (gate)
        {
            (newest, reportedAt) = (report, time.GetTimestamp());
            arrivals.Add(RegionPosition.Of(report), time.GetUtcNow().AddMilliseconds(-report.AgeMilliseconds));
            lag.Add(time.GetElapsedTime(start), Math.Max(report.LagMilliseconds, report.WorstLagMilliseconds));
        }

        return this;
    }

    /// <summary>Returns when a batch arrived, by the Invalidator's clock; null when unknown.</summary>
    public DateTimeOffset? ArrivedAt(PurgeBatch batch)
    {
        lock (gate)
            return arrivals.ArrivedAt(batch);
    }
}
