using LastMile.Events.Invalidator.Configuration;
using LastMile.Events.Invalidator.Intake.Outbox;
using LastMile.Events.Invalidator.Postgres;
using LastMile.Events.Invalidator.Purging;
using LastMile.Events.Invalidator.Regions;
using LastMile.Events.Invalidator.Schema;
using LastMile.Events.Messages;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.Options;
using Npgsql;

namespace LastMile.Events.Invalidator.Status;

/// <summary><c>GET /status</c>: the Invalidator's state, for operators and scripts.</summary>
internal sealed class StatusEndpoint(
    NpgsqlDataSource dataSource,
    IWatermarkMonitor monitor,
    Doorbell doorbell,
    CaptureFindings findings,
    RegionReports regions,
    IOptions<InvalidatorOptions> options,
    TimeProvider time)
{
    private static readonly string Backlog = SqlFile.Read("backlog");

    /// <summary>Returns the status, or 503 while PostgreSQL does not answer.</summary>
    public async Task<Results<Ok<InvalidatorStatus>, ProblemHttpResult>> GetAsync(CancellationToken cancellationToken)
    {
        try
        {
            return TypedResults.Ok(await ReadAsync(cancellationToken));
        }
        catch (NpgsqlException failure)
        {
            return TypedResults.Problem(
                $"PostgreSQL does not answer, so the backlog is unknown: {failure.Message}",
                statusCode: StatusCodes.Status503ServiceUnavailable);
        }
    }

    private async Task<InvalidatorStatus> ReadAsync(CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand(Backlog);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        await reader.ReadAsync(cancellationToken);
        var oldest = await reader.IsDBNullAsync(1, cancellationToken) ? (DateTimeOffset?)null : reader.GetFieldValue<DateTimeOffset>(1);

        return new InvalidatorStatus(
            Backlog: reader.GetInt64(0),
            OldestAgeMs: oldest is { } since ? Math.Max(0, (time.GetUtcNow() - since).TotalMilliseconds) : 0,
            Quarantined: reader.GetInt64(2),
            Findings: findings.Current.Count,
            Watermark: monitor.Watermark is { } watermark ? new(watermark.Epoch, watermark.Sequence) : null,
            Stream: doorbell.Stream,
            Regions: [.. regions.All.Select(entry => Status(entry.Report, entry.Age))]);
    }

    private ReportedRegion Status(RegionReported report, TimeSpan age) => new(
        report.Region,
        age >= options.Value.SilentAfter ? RegionView.SilentVerdict : report.Verdict,
        report.Shown?.Epoch ?? 0,
        report.Shown?.Sequence ?? 0,
        report.LagMilliseconds,
        age.TotalMilliseconds);
}

/// <summary>The response of <c>/status</c>.</summary>
/// <param name="Backlog">Waiting outbox rows, counted up to 100,000.</param>
/// <param name="OldestAgeMs">
/// The age of the oldest waiting row in milliseconds, from the database's and the Invalidator's clocks; 0 when no row waits.
/// </param>
/// <param name="Quarantined">Rows in quarantine, counted up to 100,000.</param>
/// <param name="Findings">Findings of the last audit of capture, counted up to 1,000.</param>
/// <param name="Watermark">The newest watermark when it was last read; null before the first read.</param>
/// <param name="Stream">
/// Whether this Invalidator receives changes as they are committed (Open), another one does (Elsewhere), or none does, so that this one
/// polls (None).
/// </param>
/// <param name="Regions">The regions that have reported since the start.</param>
internal sealed record InvalidatorStatus(
    long Backlog,
    double OldestAgeMs,
    long Quarantined,
    int Findings,
    RegionWatermark? Watermark,
    StreamState Stream,
    IReadOnlyList<ReportedRegion> Regions);

/// <summary>A region's newest report. The verdict is Silent when no report was received for <c>Invalidator:SilentAfter</c>.</summary>
internal sealed record ReportedRegion(string Name, string Verdict, long Epoch, long Sequence, double LagMs, double ReportAgeMs);
