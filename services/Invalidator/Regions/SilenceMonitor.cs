using LastMile.Events.Invalidator.Announcing;
using LastMile.Events.Invalidator.Configuration;
using LastMile.Events.Invalidator.Postgres;
using LastMile.Events.Invalidator.Schema;
using LastMile.Events.Messages;
using Microsoft.Extensions.Options;
using Npgsql;

namespace LastMile.Events.Invalidator.Regions;

/// <summary>
/// Monitors the regions' agents: once a second it records their reports, and publishes which regions have fallen silent or are back. All
/// Invalidators monitor; one of them publishes.
/// </summary>
internal sealed partial class SilenceMonitor(
    NpgsqlDataSource dataSource,
    SchemaInstallation schema,
    UnrecordedReports unrecorded,
    BusUptime uptime,
    BusPublisher publisher,
    IOptions<InvalidatorOptions> options,
    TimeProvider time,
    ILogger<SilenceMonitor> logger) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    // Agents report every second, so after this uptime an Invalidator has received a report from every running agent.
    private static readonly TimeSpan MinUptime = TimeSpan.FromSeconds(5);

    // A longer time between two checks means that this process or PostgreSQL was paused.
    private static readonly TimeSpan LongestInterval = TimeSpan.FromSeconds(3);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await schema.Installed.WaitAsync(stoppingToken);
        using var timer = new PeriodicTimer(Interval, time);
        var last = time.GetTimestamp();
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            if (time.GetElapsedTime(last) > LongestInterval)
                uptime.Restart();
            last = time.GetTimestamp();
            try
            {
                await CheckAsync(stoppingToken);
            }
            catch (Exception failure) when (!stoppingToken.IsCancellationRequested)
            {
                // The next check has new reports, and finds again the regions that could not be reported.
                Log.Deferred(logger, failure.Message);
            }
        }
    }

    private async Task CheckAsync(CancellationToken cancellationToken)
    {
        var reports = unrecorded.Take();
        var mayJudge = uptime.Duration >= MinUptime;
        if (reports.Count == 0 && !mayJudge)
            return;

        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        if (reports.Count > 0 && await RegionTable.RecordAsync(connection, reports, cancellationToken) is { Count: > 0 } back)
            await ReportBackAsync(connection, back, cancellationToken);
        if (mayJudge && await RegionTable.IsAnySilentAsync(connection, options.Value.SilentAfter, cancellationToken))
            await ReportSilentAsync(connection, cancellationToken);
    }

    // Published before the commit, so that an event that the bus does not confirm is retried. A crash in between publishes it twice.
    private async Task ReportSilentAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using var transaction = await BoundTransaction.BeginAsync(connection, cancellationToken);
        var silent = await RegionTable.MarkSilentAsync(connection, options.Value.SilentAfter, cancellationToken);
        foreach (var (region, since) in silent)
        {
            var alert = new RegionSilent(region, since, time.GetUtcNow()) { Lineage = options.Value.Lineage };
            await publisher.PublishEventAsync(alert, cancellationToken);
        }

        await transaction.CommitAsync(cancellationToken);
        silent.ForEach(entry => Log.Silent(logger, entry.Region, entry.Since));
    }

    private async Task ReportBackAsync(NpgsqlConnection connection, List<string> regions, CancellationToken cancellationToken)
    {
        await using var transaction = await BoundTransaction.BeginAsync(connection, cancellationToken);
        var back = await RegionTable.MarkBackAsync(connection, regions, cancellationToken);
        foreach (var (region, silent) in back)
        {
            var alert = new RegionBack(region, silent.TotalMilliseconds, time.GetUtcNow()) { Lineage = options.Value.Lineage };
            await publisher.PublishEventAsync(alert, cancellationToken);
        }

        await transaction.CommitAsync(cancellationToken);
        back.ForEach(entry => Log.RegionIsBack(logger, entry.Region, entry.Silent.TotalSeconds));
    }

    private static partial class Log
    {
        [LoggerMessage(
            Level = LogLevel.Warning,
            Message = "Region {Region} has not reported since {Since:u}: its purges are neither verified nor repaired. "
                + "Check that its agent runs and reaches RabbitMQ. "
                + "If the region was taken down, forget it: DELETE /regions/{Region}")]
        public static partial void Silent(ILogger logger, string region, DateTimeOffset since);

        [LoggerMessage(Level = LogLevel.Information, Message = "Region {Region} reports again after {Seconds:0.0} s")]
        public static partial void RegionIsBack(ILogger logger, string region, double seconds);

        [LoggerMessage(Level = LogLevel.Debug, Message = "The check for silent regions failed and will be retried: {Reason}")]
        public static partial void Deferred(ILogger logger, string reason);
    }
}
