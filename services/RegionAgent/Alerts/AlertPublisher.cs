using LastMile.Events.Hosting;
using LastMile.Events.RegionAgent.Leadership;
using MassTransit;
using Retry = LastMile.Events.Hosting.Retry;

namespace LastMile.Events.RegionAgent.Alerts;

/// <summary>
/// Publishes alerts one after the other, each until the bus has taken it. An agent that was replaced while it did not hear the bus
/// tells nothing: its place was taken by one that does.
/// </summary>
internal sealed partial class AlertPublisher(AlertQueue alerts, LeadershipState leadership, IBus bus, TimeProvider time, ILogger<AlertPublisher> logger) : BackgroundService
{
    // Without an answer by then the connection is gone, though it may not know it.
    private static readonly TimeSpan AnswerWithin = TimeSpan.FromSeconds(15);

    // Who works hears an Invalidator or itself, after two seconds at the latest.
    private static readonly TimeSpan WorksUntil = TimeSpan.FromSeconds(3);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        leadership.Changed += (_, _) =>
        {
            if (!leadership.IsLeading)
                alerts.Clear();
        };
        var outage = new Outage(time, reason => Log.Waits(logger, alerts.Count, reason), lasted => Log.Resumes(logger, lasted.TotalSeconds));
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
        if (leadership.MessageAge > WorksUntil)
            throw new InvalidOperationException("The region's queue gives this agent nothing.");
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        deadline.CancelAfter(AnswerWithin);
        await bus.Publish(alert.Message, deadline.Token);
    }

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Warning, Message = "{Count} alerts wait for the bus, which does not take them: {Reason} Check that RabbitMQ runs and that RabbitMq:Uri is right; the service goes on trying")]
        public static partial void Waits(ILogger logger, int count, string reason);

        [LoggerMessage(Level = LogLevel.Information, Message = "The bus takes alerts again after {Seconds:0.0} s")]
        public static partial void Resumes(ILogger logger, double seconds);
    }
}
