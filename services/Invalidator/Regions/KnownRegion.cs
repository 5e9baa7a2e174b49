using LastMile.Events.Invalidator.Changes;
using LastMile.Events.Messages;
using LastMile.Events.Redis;

namespace LastMile.Events.Invalidator.Regions;

/// <summary>A region that reports to this process, has a row, or both. The report is newer than the row.</summary>
/// <param name="Name">The region's name.</param>
/// <param name="Progress">Its reports; null when it has not reported since this process started.</param>
/// <param name="Row">Its row; null until the first one is written.</param>
internal sealed record KnownRegion(string Name, RegionProgress? Progress, RegionRow? Row)
{
    /// <summary>How far purges have arrived in the region.</summary>
    public RegionPosition Position => Progress is null ? Row!.Position : RegionPosition.Of(Progress.Report);

    /// <summary>Returns whether a batch has arrived in the region.</summary>
    public bool Has(PurgeBatch batch) => Position.Has(batch);

    /// <summary>Returns the region's entry in the receipt of a batch.</summary>
    public RegionReceipt ReceiptOf(PurgeBatch batch)
    {
        var scan = Progress?.Report.Scan is { } running && running.BatchId == batch.Id
            ? new ScanProgress(running.Seen, running.Dropped)
            : null;
        if (!Has(batch))
            return new RegionReceipt(Name, Arrival.Pending, AfterMs: null, scan);

        var after = Progress?.ArrivedAt(batch) - batch.AppliedAt;
        return new RegionReceipt(Name, Arrival.Applied, after is { } took ? Math.Max(0, took.TotalMilliseconds) : null, scan);
    }

    /// <summary>Returns the region's state.</summary>
    /// <param name="silentAfter">The region is silent when its newest report is at least this old.</param>
    /// <param name="now">The current time.</param>
    public RegionView View(TimeSpan silentAfter, DateTimeOffset now)
    {
        var limit = silentAfter.TotalMilliseconds;
        // While this Invalidator is cut off from the bus, another one may receive reports and write them to the row.
        var report = Row?.ReportAgeMs < limit && Progress?.ReportAge >= silentAfter ? null : Progress?.Report;
        var reportAgeMs = report is null ? Row!.ReportAgeMs : Progress!.ReportAge.TotalMilliseconds;
        var verdict = report?.Verdict ?? Row!.Verdict;
        var silent = reportAgeMs >= limit;
        return new RegionView(
            Name,
            silent ? RegionView.SilentVerdict : verdict,
            verdict,
            now.AddMilliseconds(-reportAgeMs),
            report?.Severity,
            report?.Topology ?? Row!.Topology,
            Text(Position.Shown),
            Text(Position.Applied),
            report?.LagMilliseconds,
            Progress?.WorstLagMs,
            report?.BehindBytes,
            report?.Link,
            reportAgeMs,
            silent,
            report?.Scan);
    }

    private static string? Text(Watermark watermark) => watermark == default ? null : watermark.ToString();
}

/// <summary>The state of a region.</summary>
/// <param name="Name">The region's name.</param>
/// <param name="Verdict">
/// Its agent's verdict, such as Converged or Lagging; Silent when no report was received for <c>Invalidator:SilentAfter</c>.
/// </param>
/// <param name="LastVerdict">The verdict of the newest report.</param>
/// <param name="ReportedAt">When that report was received, by the Invalidator's clock. The values below are from then.</param>
/// <param name="Severity">
/// The severity of its open episode; null when none is open, or when no report was received since the Invalidator started.
/// </param>
/// <param name="Topology">Replicated, Independent or ReadOnly.</param>
/// <param name="Shown">The watermark that its Redis shows, as epoch-sequence; null when it shows none.</param>
/// <param name="Applied">The watermark up to which its agent knows that every purge is applied; null while unknown.</param>
/// <param name="LagMs">
/// The age in milliseconds of the oldest purge that it lacked at its last report; 0 when it lacked none, null when this Invalidator has no
/// report.
/// </param>
/// <param name="WorstLagMs">
/// The greatest lag of the last hour, or since the Invalidator started, in milliseconds; null when this Invalidator has no report.
/// </param>
/// <param name="BehindBytes">The part of the replication stream that it has not received, in bytes; null when unknown.</param>
/// <param name="Link">The state of its replication link; null when this Invalidator has no report.</param>
/// <param name="ReportAgeMs">The age of the newest report, in milliseconds.</param>
/// <param name="Silent">Whether that age is at least <c>Invalidator:SilentAfter</c>, so that the region's current state is unknown.</param>
/// <param name="Scan">The purge by prefix or of everything that its agent is working on; null for none.</param>
internal sealed record RegionView(
    string Name,
    string Verdict,
    string LastVerdict,
    DateTimeOffset ReportedAt,
    LagSeverity? Severity,
    string Topology,
    string? Shown,
    string? Applied,
    double? LagMs,
    double? WorstLagMs,
    long? BehindBytes,
    LinkState? Link,
    double ReportAgeMs,
    bool Silent,
    RegionScan? Scan)
{
    /// <summary>The verdict on a region that no longer reports.</summary>
    public const string SilentVerdict = "Silent";
}
