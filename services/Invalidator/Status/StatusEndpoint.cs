using LastMile.Events.Invalidator.Announcing;
using LastMile.Events.Invalidator.Auditing;
using LastMile.Events.Invalidator.Outbox;
using LastMile.Events.Invalidator.Receipts;
using LastMile.Events.Messages;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.Options;
using Npgsql;

namespace LastMile.Events.Invalidator.Status;

/// <summary><c>GET /status</c>: how the Invalidator stands, for people and scripts.</summary>
internal sealed class StatusEndpoint(
    NpgsqlDataSource dataSource,
    Heartbeat heartbeat,
    Doorbell doorbell,
    CaptureFindings findings,
    RegionReports regions,
    IOptions<InvalidatorOptions> options,
    TimeProvider time)
{
    private static readonly string Backlog = SqlFile.Read("backlog");

    /// <summary>The status, or 503 while PostgreSQL can't tell the backlog.</summary>
    public async Task<Results<Ok<InvalidatorStatus>, ProblemHttpResult>> GetAsync(CancellationToken cancellationToken)
    {
        try
        {
            return TypedResults.Ok(await ReadAsync(cancellationToken));
        }
        catch (NpgsqlException failure)
        {
            return TypedResults.Problem($"PostgreSQL does not answer, so the backlog is not known: {failure.Message}", statusCode: StatusCodes.Status503ServiceUnavailable);
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
            Watermark: heartbeat.Watermark is { } watermark ? new(watermark.Epoch, watermark.Sequence) : null,
            Stream: doorbell.Stream,
            Regions: [.. regions.All.Select(entry => Status(entry.Report, entry.Ago))]);
    }

    private ReportedRegion Status(RegionReported report, TimeSpan ago) => new(
        report.Region,
        ago >= options.Value.SilentAfter ? RegionView.SilentVerdict : report.Verdict,
        report.Shown?.Epoch ?? 0,
        report.Shown?.Sequence ?? 0,
        report.LagMilliseconds,
        ago.TotalMilliseconds);
}

/// <summary>The answer of <c>/status</c>.</summary>
/// <param name="Backlog">Outbox rows that wait, counted up to 100,000.</param>
/// <param name="OldestAgeMs">Age of the oldest of them, by the database's and the Invalidator's clocks; 0 when none waits.</param>
/// <param name="Quarantined">Rows in quarantine, counted up to 100,000.</param>
/// <param name="Findings">What the last audit found not to be captured as declared, counted up to 1,000.</param>
/// <param name="Watermark">The primary's watermark when last read; null before.</param>
/// <param name="Stream">Whether this Invalidator hears changes as they are committed (Open), another one (Elsewhere), or none, so that it polls (None).</param>
/// <param name="Regions">The regions heard of since the start.</param>
internal sealed record InvalidatorStatus(
    long Backlog, double OldestAgeMs, long Quarantined, int Findings, RegionWatermark? Watermark, StreamState Stream, IReadOnlyList<ReportedRegion> Regions);

/// <summary>A region as its agent last reported it; its verdict is Silent when no report was received for <c>Invalidator:SilentAfter</c>.</summary>
internal sealed record ReportedRegion(string Name, string Verdict, long Epoch, long Sequence, double LagMs, double ReportAgeMs);
