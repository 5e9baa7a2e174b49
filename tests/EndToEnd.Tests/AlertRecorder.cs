using System.Collections.Concurrent;
using LastMile.Events.Messages;
using LastMile.Events.Testing;
using MassTransit;
using Xunit;

namespace LastMile.Events.EndToEnd.Tests;

/// <summary>Subscribes to the regions' alerts, as an application does.</summary>
internal sealed class AlertRecorder : IAsyncDisposable
{
    private readonly ConcurrentQueue<(string Region, object Message)> alerts = [];
    private readonly ConcurrentBag<Mark> marks = [];
    private readonly IBusControl bus;

    private AlertRecorder(Uri broker) => bus = Bus.Factory.CreateUsingRabbitMq(rabbit =>
    {
        rabbit.Host(broker);
        (rabbit.Durable, rabbit.AutoDelete, rabbit.QueueExpiration) = (true, true, TimeSpan.FromMinutes(1));
        rabbit.ReceiveEndpoint("alert-log", endpoint =>
        {
            // One at a time, to keep the order.
            endpoint.ConcurrentMessageLimit = 1;
            endpoint.Handler<ReplicaLagDetected>(context => Keep(context.Message.Region, context.Message));
            endpoint.Handler<ReplicaLagRecovered>(context => Keep(context.Message.Region, context.Message));
            endpoint.Handler<Mark>(context =>
            {
                marks.Add(context.Message);
                return Task.CompletedTask;
            });
        });
    });

    public static async Task<AlertRecorder> StartAsync(Uri broker)
    {
        var recorder = new AlertRecorder(broker);
        await recorder.bus.StartAsync();
        return recorder;
    }

    /// <summary>Returns all alerts of a region so far.</summary>
    public IReadOnlyList<object> Of(string region) => [.. alerts.Where(alert => alert.Region == region).Select(alert => alert.Message)];

    /// <summary>Waits until a region's newest alert is of a kind.</summary>
    public Task NewestIsAsync<T>(string region) => Eventually.Async(() => Of(region) is [.., T]);

    /// <summary>Waits until a region has recovered, and asserts that its alerts after the earlier ones form one episode.</summary>
    /// <param name="region">The region.</param>
    /// <param name="before">The number of earlier alerts, which are ignored.</param>
    public async Task<ReplicaLagRecovered> OneEpisodeAsync(string region, int before)
    {
        await Eventually.Async(() => Of(region).Skip(before).LastOrDefault() is ReplicaLagRecovered);
        return AssertOneEpisode([.. Of(region).Skip(before)]);
    }

    /// <summary>Asserts that no alert of a region was published after the earlier ones until now.</summary>
    public async Task NoneSinceAsync(string region, int before)
    {
        var mark = new Mark(Guid.NewGuid());
        await bus.Publish(mark);
        await Eventually.Async(() => marks.Contains(mark), TimeSpan.FromSeconds(60));
        Assert.Empty(Of(region).Skip(before));
    }

    // Detected, detected again if the episode became critical, and recovered.
    private static ReplicaLagRecovered AssertOneEpisode(List<object> all)
    {
        var recovered = Assert.IsType<ReplicaLagRecovered>(all[^1]);
        var detected = all.SkipLast(1).Select(alert => Assert.IsType<ReplicaLagDetected>(alert)).ToList();
        Assert.All(detected, alert => Assert.Equal(recovered.Episode, alert.Episode));
        Assert.Equal(
            Enumerable.Range(0, (int)recovered.Worst + 1).Select(severity => (LagSeverity)severity),
            detected.Select(alert => alert.Severity));
        return recovered;
    }

    public async ValueTask DisposeAsync() => await bus.StopAsync();

    private Task Keep(string region, object alert)
    {
        alerts.Enqueue((region, alert));
        return Task.CompletedTask;
    }
}

/// <summary>A marker: once it is received, all messages published before it have been received.</summary>
/// <param name="Id">Distinguishes it from other markers.</param>
public sealed record Mark(Guid Id);
