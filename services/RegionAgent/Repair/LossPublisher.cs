using System.Threading.Channels;
using LastMile.Events.Messages;
using MassTransit;
using Retry = LastMile.Events.Hosting.Retry;

namespace LastMile.Events.RegionAgent.Repair;

/// <summary>
/// Publishes that the region has lost purges, and retries until the bus confirms it. The region's cache is dropped before that: it must not
/// wait for the bus.
/// </summary>
internal sealed partial class LossPublisher(IBus bus, TimeProvider time, ILogger<LossPublisher> logger) : BackgroundService
{
    private const int Capacity = 100;

    private static readonly TimeSpan ConfirmTimeout = TimeSpan.FromSeconds(5);

    private readonly Channel<RegionPurgesLost> losses = Channel.CreateBounded<RegionPurgesLost>(
        new BoundedChannelOptions(Capacity) { FullMode = BoundedChannelFullMode.DropOldest, SingleReader = true });

    /// <summary>Queues a loss.</summary>
    public void Add(RegionPurgesLost loss) => losses.Writer.TryWrite(loss);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var retry = Retry.Forever(time, failure => Log.Waits(logger, failure.GetBaseException().Message));
        await foreach (var loss in losses.Reader.ReadAllAsync(stoppingToken))
        {
            await retry.ExecuteAsync(
                async token => await bus.Publish(loss, token).WaitAsync(ConfirmTimeout, time, token), stoppingToken);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Debug, Message = "The bus has not accepted yet that purges were lost: {Reason}")]
        public static partial void Waits(ILogger logger, string reason);
    }
}
