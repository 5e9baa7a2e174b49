using LastMile.Events.Invalidator.Configuration;
using LastMile.Events.Invalidator.Purging;
using LastMile.Events.Messages;
using Microsoft.Extensions.Options;

namespace LastMile.Events.Invalidator.Announcing;

/// <summary>Checks the source of the watermarks each second, and publishes its newest watermark to the regions.</summary>
internal sealed partial class Heartbeat(
    IWatermarkMonitor monitor,
    BusPublisher publisher,
    IOptions<InvalidatorOptions> options,
    TimeProvider time,
    ILogger<Heartbeat> logger) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval, time);
        do
        {
            // The first connection to an unreachable primary takes seconds and can't be cancelled.
            if (await monitor.CheckAsync(stoppingToken).WaitAsync(stoppingToken) is { } state)
                await PublishAsync(state, stoppingToken);
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    private async Task PublishAsync(WatermarkState state, CancellationToken cancellationToken)
    {
        var (epoch, sequence) = (state.Watermark.Epoch, state.Watermark.Sequence);
        var heartbeat = new InvalidatorHeartbeat(options.Value.Name, epoch, sequence, time.GetUtcNow())
        {
            PrimaryId = state.Replication?.Identity,
            PrimaryOffset = state.Replication?.Offset ?? 0,
        };
        try
        {
            await publisher.PublishAsync(heartbeat, cancellationToken);
        }
        catch (Exception failure) when (!cancellationToken.IsCancellationRequested)
        {
            Log.NotPublished(logger, failure.Message);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Debug, Message = "A heartbeat could not be published: {Reason}")]
        public static partial void NotPublished(ILogger logger, string reason);
    }
}
