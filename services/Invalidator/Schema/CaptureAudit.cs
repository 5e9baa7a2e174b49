using LastMile.Events.Hosting;
using LastMile.Events.Invalidator.Configuration;
using LastMile.Events.Invalidator.Postgres;
using LastMile.Events.Invalidator.Telemetry;
using Microsoft.Extensions.Options;
using Npgsql;

namespace LastMile.Events.Invalidator.Schema;

/// <summary>
/// Audits capture at start and then every <c>Invalidator:AuditInterval</c>. Logs each finding when it appears and when it is resolved.
/// </summary>
internal sealed partial class CaptureAudit(
    NpgsqlDataSource dataSource,
    SchemaInstallation schema,
    CaptureFindings findings,
    InvalidatorMetrics metrics,
    IOptions<InvalidatorOptions> options,
    TimeProvider time,
    ILogger<CaptureAudit> logger) : BackgroundService
{
    private static readonly string Sql = SqlFile.Read("audit");

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (options.Value.AuditInterval == TimeSpan.Zero)
            return;

        await schema.Installed.WaitAsync(stoppingToken);
        var retry = Retry.Forever(time, failure => Log.Deferred(logger, failure.Message), IsRefusal);
        using var timer = new PeriodicTimer(options.Value.AuditInterval, time);
        do
        {
            try
            {
                Report(findings.Replace(await retry.ExecuteAsync(async token => await ReadAsync(token), stoppingToken)));
            }
            catch (PostgresException refusal)
            {
                findings.NotAudited(
                    $"The audit failed: {refusal.MessageText}. "
                    + "Grant the Invalidator's role the rights that it needs: select lastmile.grant_relay('role').");
            }
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    private async Task<List<Finding>> ReadAsync(CancellationToken cancellationToken)
    {
        var found = new List<Finding>();
        await using var command = dataSource.CreateCommand(Sql);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
            found.Add(new Finding(reader.GetString(0), reader.GetString(1), reader.GetString(2), reader.GetString(3)));
        return found;
    }

    private void Report((IReadOnlyList<Finding> Began, IReadOnlyList<Finding> Ended) change)
    {
        metrics.Audited(findings.Current.Count);
        foreach (var finding in change.Began)
            Log.Found(logger, finding.Subject, finding.Text, finding.Remedy);
        foreach (var finding in change.Ended)
            Log.Ended(logger, finding.Subject, finding.Text);
    }

    // SQLSTATE class 42: access denied, or another version of the schema. Retries do not help. Other failures are temporary.
    private static bool IsRefusal(Exception failure) => failure is PostgresException { SqlState: ['4', '2', ..] };

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Warning, Message = "Capture of {Subject} is not as declared: {Finding}. {Remedy}")]
        public static partial void Found(ILogger logger, string subject, string finding, string remedy);

        [LoggerMessage(Level = LogLevel.Information, Message = "Capture of {Subject} is as declared again. Resolved: {Finding}")]
        public static partial void Ended(ILogger logger, string subject, string finding);

        [LoggerMessage(Level = LogLevel.Debug, Message = "The audit of capture failed and will be retried: {Reason}")]
        public static partial void Deferred(ILogger logger, string reason);
    }
}
