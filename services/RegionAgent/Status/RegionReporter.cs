using LastMile.Events.RegionAgent.Leadership;
using MassTransit;

namespace LastMile.Events.RegionAgent.Status;

/// <summary>
/// Publishes the region's state once a second, and at once when a purge has arrived; ten times a second during a flood of purges.
/// </summary>
internal sealed partial class RegionReporter(
    LeadershipState leadership, ReportSource reports, IBus bus, TimeProvider time, ILogger<RegionReporter> logger) : BackgroundService
{
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    // One purge moves the observed watermark, and a moment later the applied one. The burst leaves a third report for the next purge.
    private const int Burst = 3;

    // A newer report replaces one that is not read in time.
    private static readonly TimeSpan Lifetime = TimeSpan.FromSeconds(5);

    private readonly ReportPace pace = new(Pause, Burst);
    private readonly long started = time.GetTimestamp();

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (true)
        {
            await reports.Moved.WaitAsync(Period, stoppingToken);
            if (!leadership.IsLeading)
                continue;
            await ReportAsync(stoppingToken);
            await Task.Delay(pace.Record(time.GetElapsedTime(started)), time, stoppingToken);
        }
    }

    private async Task ReportAsync(CancellationToken cancellationToken)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        deadline.CancelAfter(Lifetime);
        try
        {
            await bus.Publish(reports.Next(), publish => publish.TimeToLive = Lifetime, deadline.Token);
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            // The next report replaces this one. The bus's health check reports the outage.
            Log.Rejected(logger, exception.GetBaseException().Message);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Debug, Message = "The bus did not accept a report: {Reason}")]
        public static partial void Rejected(ILogger logger, string reason);
    }
}
