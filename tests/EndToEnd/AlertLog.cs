using System.Collections.Concurrent;
using LastMile.Events.Messages;
using LastMile.Events.Testing;
using MassTransit;

namespace LastMile.Events.EndToEnd.Tests;

/// <summary>Listens to the regions' alerts, as an application would.</summary>
internal sealed class AlertLog : IAsyncDisposable
{
    private readonly ConcurrentQueue<(string Region, object Message)> alerts = [];
    private readonly IBusControl bus;

    private AlertLog(Uri broker) => bus = Bus.Factory.CreateUsingRabbitMq(rabbit =>
    {
        rabbit.Host(broker);
        rabbit.ReceiveEndpoint("alert-log", endpoint =>
        {
            // One at a time, so that the order shows.
            endpoint.ConcurrentMessageLimit = 1;
            endpoint.Handler<ReplicaLagDetected>(context => Keep(context.Message.Region, context.Message));
            endpoint.Handler<ReplicaLagRecovered>(context => Keep(context.Message.Region, context.Message));
        });
    });

    public static async Task<AlertLog> StartAsync(Uri broker)
    {
        var log = new AlertLog(broker);
        await log.bus.StartAsync();
        return log;
    }

    /// <summary>All alerts of a region so far.</summary>
    public IReadOnlyList<object> Of(string region) => [.. alerts.Where(alert => alert.Region == region).Select(alert => alert.Message)];

    /// <summary>Waits until a region's newest alert is of a kind.</summary>
    public Task NewestIsAsync<T>(string region) => Eventually.Async(() => Of(region) is [.., T]);

    public async ValueTask DisposeAsync() => await bus.StopAsync();

    private Task Keep(string region, object alert)
    {
        alerts.Enqueue((region, alert));
        return Task.CompletedTask;
    }
}
