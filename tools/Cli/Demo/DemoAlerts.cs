using System.Collections.Concurrent;
using LastMile.Events.Messages;
using MassTransit;

namespace LastMile.Events.Cli.Demo;

/// <summary>Subscribes to lag alerts as an application would, and stores them. The demo also publishes through it.</summary>
internal sealed class DemoAlerts : IAsyncDisposable
{
    private readonly ConcurrentQueue<ReceivedAlert> alerts = new();
    private readonly IBusControl bus;

    private DemoAlerts(Uri broker, Action<ReceivedAlert> received)
    {
        bus = Bus.Factory.CreateUsingRabbitMq(rabbit =>
        {
            rabbit.Host(broker);
            Expire(rabbit);
            rabbit.ReceiveEndpoint(new TemporaryEndpointDefinition("lastmile.demo"), DefaultEndpointNameFormatter.Instance, endpoint =>
            {
                Expire(endpoint);
                endpoint.Handler<ReplicaLagDetected>(context => KeepAsync(ReceivedAlert.Of(context.Message)));
                endpoint.Handler<ReplicaLagRecovered>(context => KeepAsync(ReceivedAlert.Of(context.Message)));
            });
        });

        Task KeepAsync(ReceivedAlert alert)
        {
            alerts.Enqueue(alert);
            received(alert);
            return Task.CompletedTask;
        }
    }

    public IReadOnlyCollection<ReceivedAlert> All => alerts;

    public static async Task<DemoAlerts> StartAsync(Uri broker, Action<ReceivedAlert> received, CancellationToken cancellationToken)
    {
        LogContext.ConfigureCurrentLogContext(Microsoft.Extensions.Logging.Abstractions.NullLoggerFactory.Instance);
        var started = new DemoAlerts(broker, received);
        await started.bus.StartAsync(cancellationToken);
        return started;
    }

    public Task PublishAsync(EntityChanged change, CancellationToken cancellationToken) => bus.Publish(change, cancellationToken);

    public async ValueTask DisposeAsync() => await bus.StopAsync();

    // RabbitMQ 4.3 rejects a queue that is neither durable nor exclusive.
    private static void Expire(IRabbitMqQueueEndpointConfigurator queue) =>
        (queue.Durable, queue.AutoDelete, queue.QueueExpiration) = (true, true, TimeSpan.FromMinutes(1));
}

/// <summary>An alert as shown in the report.</summary>
/// <param name="Region">The region.</param>
/// <param name="Kind">The kind: detected or recovered.</param>
/// <param name="Severity">The severity, warning or critical; for a recovery, the worst of its episode.</param>
/// <param name="BehindBatches">Purge batches not applied when the alert was raised; for a recovery, the late ones.</param>
/// <param name="LagMs">Age of the oldest of them in milliseconds; for a recovery, the worst of its episode.</param>
/// <param name="At">When the alert was raised, by the agent's clock.</param>
/// <param name="Episode">The lag episode that the alert belongs to.</param>
internal sealed record ReceivedAlert(
    string Region, string Kind, string Severity, long BehindBatches, double LagMs, DateTimeOffset At, Guid Episode)
{
    public const string Detected = "detected";
    public const string Recovered = "recovered";

    public static ReceivedAlert Of(ReplicaLagDetected alert) =>
        new(alert.Region, Detected, Name(alert.Severity), alert.BehindBatches, alert.LagMilliseconds, alert.At, alert.Episode);

    public static ReceivedAlert Of(ReplicaLagRecovered alert) =>
        new(alert.Region, Recovered, Name(alert.Worst), alert.LatePurges, alert.WorstLagMilliseconds, alert.At, alert.Episode);

    private static string Name(LagSeverity severity) => severity == LagSeverity.Critical ? "critical" : "warning";
}
