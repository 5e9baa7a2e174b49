using System.Collections.Concurrent;
using LastMile.Events.Hosting;
using LastMile.Events.Messages;
using LastMile.Events.Redis;
using MassTransit;
using RabbitMQ.Client;
using RabbitMQ.Client.Exceptions;

namespace RegionAgent.Tests;

/// <summary>The Invalidator's side of the bus. It publishes as an Invalidator does, and records the agents' messages.</summary>
internal sealed class RegionBus : IAsyncDisposable
{
    /// <summary>A second lineage, with Invalidators and a log of its own.</summary>
    public const string OtherLineage = "orders";

    private const int Attempts = 4;

    private static readonly TimeSpan ConfirmedWithin = TimeSpan.FromSeconds(5);

    private readonly IBusControl bus;
    private readonly Dictionary<string, PlayedLog> logs = new(StringComparer.Ordinal)
    {
        [LineageName.Default] = new(),
        [OtherLineage] = new(),
    };

    private RegionBus(Uri uri)
    {
        Uri = uri;
        bus = Bus.Factory.CreateUsingRabbitMq(rabbit =>
        {
            rabbit.Host(new Uri($"rabbitmq://{uri.Host}:{uri.Port}{uri.AbsolutePath}"), host =>
            {
                host.Username(uri.UserInfo.Split(':')[0]);
                host.Password(uri.UserInfo.Split(':')[1]);
            });
            rabbit.ExpireWithProcess();
            rabbit.ReceiveEndpoint("listener", endpoint =>
            {
                // Handles one message at a time, to preserve the order.
                endpoint.ConcurrentMessageLimit = 1;
                endpoint.Handler<ReplicaLagDetected>(context => Keep(context.Message, context.Message.Lineage));
                endpoint.Handler<ReplicaLagRecovered>(context => Keep(context.Message, context.Message.Lineage));
                endpoint.Handler<RegionPurgesLost>(context => Keep(context.Message, context.Message.Lineage));
                endpoint.Handler<RegionReported>(context =>
                {
                    (context.Message.Lineage == LineageName.Default ? Reports : NeighbourReports).Enqueue(context.Message);
                    return Task.CompletedTask;
                });
            });
            foreach (var (lineage, log) in logs)
            {
                rabbit.ReceiveEndpoint(LineageQueues.Episodes(lineage), endpoint =>
                {
                    // As an Invalidator declares it.
                    endpoint.AutoDelete = false;
                    endpoint.Handler<RegionEpisodeRequested>(context => context.RespondAsync(
                        new RegionEpisodeReported(context.Message.Region, lineage == LineageName.Default ? OpenEpisode : null, 0)));
                });
                rabbit.ReceiveEndpoint(LineageQueues.Requests(lineage), endpoint =>
                {
                    endpoint.AutoDelete = false;
                    endpoint.ConfigureConsumeTopology = false;
                    endpoint.Handler<PurgesRequested>(async context => await context.RespondAsync(await log.ReadAsync(context.Message)));
                });
            }
        });
    }

    /// <summary>The URI of the virtual host.</summary>
    public Uri Uri { get; }

    /// <summary>The open episode that an agent receives when it takes over; null for none.</summary>
    public ReplicaLagDetected? OpenEpisode { get; set; }

    /// <summary>The Invalidators' purge log of the default lineage.</summary>
    public PlayedLog Log => logs[LineageName.Default];

    /// <summary>The Invalidators' purge log of <see cref="OtherLineage"/>.</summary>
    public PlayedLog NeighbourLog => logs[OtherLineage];

    /// <summary>The alerts of the default lineage.</summary>
    public ConcurrentQueue<object> Alerts { get; } = [];

    /// <summary>The alerts of <see cref="OtherLineage"/>.</summary>
    public ConcurrentQueue<object> NeighbourAlerts { get; } = [];

    /// <summary>The reports of the default lineage.</summary>
    public ConcurrentQueue<RegionReported> Reports { get; } = [];

    /// <summary>The reports of <see cref="OtherLineage"/>.</summary>
    public ConcurrentQueue<RegionReported> NeighbourReports { get; } = [];

    public static async Task<RegionBus> ConnectAsync(Uri uri)
    {
        var connected = new RegionBus(uri);
        await connected.bus.StartAsync();
        return connected;
    }

    /// <summary>
    /// Publishes until the broker confirms, as an Invalidator does. RabbitMQ never confirms a message that it routes to a queue while that
    /// queue is being deleted.
    /// </summary>
    public async Task PublishAsync(object message)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                await bus.Publish(message).WaitAsync(ConfirmedWithin);
                return;
            }
            catch (TimeoutException) when (attempt < Attempts)
            {
                // Publish again: an agent recognizes a batch that it has already received.
            }
        }
    }

    public Task AnnounceAsync(Watermark watermark, params string[] keys) =>
        AnnounceAsync(new PurgeApplied(Guid.NewGuid(), watermark.Epoch, watermark.Sequence, keys, [], TimeProvider.System.GetUtcNow()));

    public Task AnnounceAsync(params PurgeApplied[] batches)
    {
        foreach (var batch in batches)
            Log.Add(batch);
        return PublishAsync(new PurgesApplied(batches));
    }

    public Task BeatAsync(Watermark watermark) =>
        PublishAsync(new InvalidatorHeartbeat("test", watermark.Epoch, watermark.Sequence, TimeProvider.System.GetUtcNow()));

    /// <summary>
    /// Returns the number of messages in a queue; 0 when it does not exist. The management API's count is up to five seconds old.
    /// </summary>
    public async Task<uint> CountAsync(string queue)
    {
        try
        {
            return await OnChannelAsync(channel => channel.MessageCountAsync(queue));
        }
        catch (OperationInterruptedException refused) when (refused.ShutdownReason?.ReplyCode == Constants.NotFound)
        {
            return 0;
        }
    }

    /// <summary>Returns whether a queue exists.</summary>
    public async Task<bool> HasQueueAsync(string queue)
    {
        try
        {
            return await OnChannelAsync(channel => channel.QueueDeclarePassiveAsync(queue)) is not null;
        }
        catch (OperationInterruptedException refused) when (refused.ShutdownReason?.ReplyCode == Constants.NotFound)
        {
            return false;
        }
    }

    /// <summary>Claims the default lineage for a database, as an Invalidator does.</summary>
    public Task ClaimAsync(string database) => OnChannelAsync(channel => channel.QueueDeclareAsync(
        VirtualHostClaim.QueueOf(LineageName.Default),
        durable: true,
        exclusive: false,
        autoDelete: false,
        VirtualHostClaim.Naming(new(LineageName.Default, database))));

    /// <summary>Deletes a queue.</summary>
    public Task DeleteQueueAsync(string queue) => OnChannelAsync(channel => channel.QueueDeleteAsync(queue));

    public async ValueTask DisposeAsync() => await bus.StopAsync();

    private async Task<T> OnChannelAsync<T>(Func<IChannel, Task<T>> work)
    {
        await using var connection = await new ConnectionFactory { Uri = Uri }.CreateConnectionAsync();
        await using var channel = await connection.CreateChannelAsync();
        return await work(channel);
    }

    private Task Keep(object alert, string lineage)
    {
        (lineage == LineageName.Default ? Alerts : NeighbourAlerts).Enqueue(alert);
        return Task.CompletedTask;
    }
}
