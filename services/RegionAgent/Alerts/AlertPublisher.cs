using LastMile.Events.Hosting;
using LastMile.Events.RegionAgent.Leadership;
using MassTransit;
using Retry = LastMile.Events.Hosting.Retry;

namespace LastMile.Events.RegionAgent.Alerts;

/// <summary>
/// Publishes alerts one at a time, and retries each until the bus confirms it. An agent that was replaced while it was cut off from the bus
/// drops its alerts, because the agent that replaced it reports the region.
/// </summary>
internal sealed partial class AlertPublisher(
    AlertQueue alerts, LeadershipState leadership, IBus bus, TimeProvider time, ILogger<AlertPublisher> logger) : BackgroundService
{
    // After this long without a confirm the connection may be broken without the client's notice. A broker that blocks publishers for a
    // shorter time receives the alert once.
    private static readonly TimeSpan ConfirmTimeout = TimeSpan.FromMinutes(2);

    // An active agent receives a heartbeat, or its own probe, within two seconds.
    private static readonly TimeSpan MaxMessageAge = TimeSpan.FromSeconds(3);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var outage = new Outage(
            time, reason => Log.Waits(logger, alerts.Count, reason), lasted => Log.Resumes(logger, lasted.TotalSeconds));
        var retry = Retry.Forever(time, outage);
        while (true)
        {
            var alert = await alerts.NextAsync(stoppingToken);
            await retry.ExecuteAsync(async token => await PublishAsync(alert, token), stoppingToken);
            alerts.Sent();
        }
    }

    private async Task PublishAsync(QueuedAlert alert, CancellationToken cancellationToken)
    {
        if (!alerts.IsSending)
            return;
        if (leadership.MessageAge > MaxMessageAge)
            throw new InvalidOperationException("This agent receives no messages from the region's queue.");
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        deadline.CancelAfter(ConfirmTimeout);
        await bus.Publish(alert.Message, deadline.Token);
    }

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Warning, Message = "{Count} alerts are waiting because the bus does not accept them: {Reason} "
            + "Check that RabbitMQ runs and that RabbitMq:Uri is right; the agent keeps retrying")]
        public static partial void Waits(ILogger logger, int count, string reason);

        [LoggerMessage(Level = LogLevel.Information, Message = "The bus accepts alerts again after {Seconds:0.0} s")]
        public static partial void Resumes(ILogger logger, double seconds);
    }
}
