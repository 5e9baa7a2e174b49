using LastMile.Events.Invalidator.Announcing;
using LastMile.Events.Invalidator.Outbox;
using LastMile.Events.Messages;
using Microsoft.Extensions.Options;
using Npgsql;

namespace LastMile.Events.Invalidator.Regions;

/// <summary>
/// Watches the regions' agents in turn: once a second it notes who was heard, and tells who has fallen silent or speaks again. All
/// Invalidators watch; one tells.
/// </summary>
internal sealed partial class SilenceMonitor(
    NpgsqlDataSource dataSource,
    SchemaInstallation schema,
    UnrecordedReports heard,
    BusUptime listening,
    BusPublisher publisher,
    IOptions<InvalidatorOptions> options,
    TimeProvider time,
    ILogger<SilenceMonitor> logger) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    // Whoever has listened this long has heard every agent that runs: they report each second.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    // This process stood still, or PostgreSQL did.
    private static readonly TimeSpan LongSince = TimeSpan.FromSeconds(3);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await schema.Installed.WaitAsync(stoppingToken);
        using var timer = new PeriodicTimer(Interval, time);
        var last = time.GetTimestamp();
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            if (time.GetElapsedTime(last) > LongSince)
                listening.Restart();
            last = time.GetTimestamp();
            try
            {
                await LookAsync(stoppingToken);
            }
            catch (Exception failure) when (!stoppingToken.IsCancellationRequested)
            {
                // A second later there are new reports, and what could not be told is found again.
                Log.Deferred(logger, failure.Message);
            }
        }
    }

    private async Task LookAsync(CancellationToken cancellationToken)
    {
        var reports = heard.Take();
        var mayJudge = listening.Unbroken >= Patience;
        if (reports.Count == 0 && !mayJudge)
            return;

        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        if (reports.Count > 0 && await RegionTable.RecordAsync(connection, reports, cancellationToken) is { Count: > 0 } again)
            await ReportBackAsync(connection, again, cancellationToken);
        if (mayJudge && await RegionTable.IsAnySilentAsync(connection, options.Value.SilentAfter, cancellationToken))
            await ReportSilentAsync(connection, cancellationToken);
    }

    // Published before the commit: what the bus does not take was not told. A crash in between tells it twice.
    private async Task ReportSilentAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using var transaction = await BoundTransaction.BeginAsync(connection, cancellationToken);
        var silent = await RegionTable.TakeSilentAsync(connection, options.Value.SilentAfter, cancellationToken);
        foreach (var (region, since) in silent)
            await publisher.PublishEventAsync(new RegionSilent(region, since, time.GetUtcNow()), cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        silent.ForEach(told => Log.Silent(logger, told.Region, told.Since));
    }

    private async Task ReportBackAsync(NpgsqlConnection connection, List<string> regions, CancellationToken cancellationToken)
    {
        await using var transaction = await BoundTransaction.BeginAsync(connection, cancellationToken);
        var again = await RegionTable.TakeBackAsync(connection, regions, cancellationToken);
        foreach (var (region, silent) in again)
            await publisher.PublishEventAsync(new RegionBack(region, silent.TotalMilliseconds, time.GetUtcNow()), cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        again.ForEach(told => Log.RegionIsBack(logger, told.Region, told.Silent.TotalSeconds));
    }

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Warning, Message = "Nothing is heard of region {Region} since {Since:u}: nobody proves its purges or repairs them. Check that its agent runs and reaches RabbitMQ. If the region was taken down: delete from lastmile.region where region = '{Region}'")]
        public static partial void Silent(ILogger logger, string region, DateTimeOffset since);

        [LoggerMessage(Level = LogLevel.Information, Message = "Region {Region} is heard again after {Seconds:0.0} s")]
        public static partial void RegionIsBack(ILogger logger, string region, double seconds);

        [LoggerMessage(Level = LogLevel.Debug, Message = "The regions are looked at later: {Reason}")]
        public static partial void Deferred(ILogger logger, string reason);
    }
}
