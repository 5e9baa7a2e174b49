using LastMile.Events.Invalidator.Purging;
using LastMile.Events.Messages;
using LastMile.Events.Redis;

namespace LastMile.Events.Invalidator.Receipts;

/// <summary>A region's row in <c>lastmile.region</c>: how it stood when an Invalidator last heard of it.</summary>
/// <param name="Name">The region's name.</param>
/// <param name="Topology">As its agent reported it.</param>
/// <param name="Verdict">Likewise.</param>
/// <param name="Position">How far the purges had come.</param>
/// <param name="ReportAgeMs">How long ago that was, by the database's clock.</param>
internal sealed record RegionRow(string Name, string Topology, string Verdict, RegionPosition Position, double ReportAgeMs);

/// <summary>A region that reports to this process, or has a row, or both. What it reports is newer.</summary>
/// <param name="Name">The region's name.</param>
/// <param name="Heard">What it reports; null when it has not since this process started.</param>
/// <param name="Row">Its row; null before the first is written.</param>
internal sealed record KnownRegion(string Name, RegionProgress? Progress, RegionRow? Row)
{
    /// <summary>How far the purges have come there.</summary>
    public RegionPosition Position => Progress is null ? Row!.Position : RegionPosition.Of(Progress.Report);

    /// <summary>Whether a batch has arrived there.</summary>
    public bool Has(PurgeBatch batch) => Position.Has(batch);

    /// <summary>What a receipt says of it.</summary>
    public RegionReceipt ReceiptOf(PurgeBatch batch)
    {
        var scan = Progress?.Report.Scan is { } running && running.BatchId == batch.Id ? new ScanProgress(running.Seen, running.Dropped) : null;
        if (!Has(batch))
            return new RegionReceipt(Name, Arrival.Pending, AfterMs: null, scan);

        var after = Progress?.ArrivedAt(batch) - batch.AppliedAt;
        return new RegionReceipt(Name, Arrival.Applied, after is { } took ? Math.Max(0, took.TotalMilliseconds) : null, scan);
    }

    /// <summary>How it stands.</summary>
    /// <param name="silentAfter">How long nothing is received of a region until its verdict no longer counts.</param>
    /// <param name="now">The time.</param>
    public RegionView View(TimeSpan silentAfter, DateTimeOffset now)
    {
        var limit = silentAfter.TotalMilliseconds;
        // Another Invalidator may receive reports that this one, cut off from the bus, does not: they are in the row.
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

/// <summary>How a region stands.</summary>
/// <param name="Name">The region's name.</param>
/// <param name="Verdict">Its agent's verdict, such as Converged or Lagging; Silent when no report was received for <c>Invalidator:SilentAfter</c>.</param>
/// <param name="LastVerdict">The verdict of the newest report.</param>
/// <param name="ReportedAt">When that report was received, by the Invalidator's clock. What follows is from then.</param>
/// <param name="Severity">The severity of its open episode; null when none is open, or nothing was heard since the Invalidator started.</param>
/// <param name="Topology">Replicated or Independent.</param>
/// <param name="Shown">The watermark that its Redis shows, as epoch-sequence; null when it shows none.</param>
/// <param name="Applied">The watermark up to which its agent knows every purge to be done; null when it does not know.</param>
/// <param name="LagMs">The age of the oldest purge that it lacks, when it last reported; 0 when it lacked none, null when it was not heard.</param>
/// <param name="WorstLagMs">The greatest lag of the last hour, or since the Invalidator started; null when it was not heard.</param>
/// <param name="BehindBytes">Replication stream that it has not received; null where that is not known.</param>
/// <param name="Link">State of its replication link; null when it was not heard.</param>
/// <param name="ReportAgeMs">How long ago the newest report was received.</param>
/// <param name="Silent">Whether that is as long as <c>Invalidator:SilentAfter</c>, or longer: nothing is known of how it stands now.</param>
/// <param name="Scan">The purge by prefix or of everything that its agent works on; null for none.</param>
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
    /// <summary>The verdict on a region whose reports do not come.</summary>
    public const string SilentVerdict = "Silent";
}
