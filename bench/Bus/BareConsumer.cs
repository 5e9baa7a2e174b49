using LastMile.Events.Bench.Running;
using LastMile.Events.Messages;
using MassTransit;

namespace LastMile.Events.Bench.Bus;

/// <summary>The upper limit: a batch consumer that does nothing, on the same kind of queue as the Invalidator's.</summary>
internal sealed class BareConsumer : IReceiver
{
    /// <summary>The setup, as shown in the report.</summary>
    public const string Setup =
        "a MassTransit batch consumer in this process, on a quorum queue like the Invalidator's: "
        + "100 messages or 10 ms, 4 concurrent batches, prefetch 500";

    private const string Queue = "bare";
    private const int MessageLimit = 100;
    private const int ConcurrencyLimit = 4;
    private const ushort Prefetch = 500;

    private static readonly TimeSpan TimeLimit = TimeSpan.FromMilliseconds(10);
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(120);

    private readonly List<IBusControl> buses = [];
    private int outstanding;
    private TaskCompletionSource all = new();

    private BareConsumer()
    {
    }

    public string Name => "bare consumer";

    public static async Task<BareConsumer> StartAsync(BenchSystem system, CancellationToken cancellationToken)
    {
        var (broker, prefix) = (system.Servers.RabbitMq.Uri, Queue + "-");
        var bare = new BareConsumer();
        bare.buses.Add(await ChangeBus.StartAsync(broker, prefix, bare.Receive, cancellationToken));
        bare.buses.Add(await ChangeBus.StartAsync(broker, prefix, cancellationToken));
        return bare;
    }

    public Task ExpectAsync(ChangeLoad load)
    {
        outstanding = load.Messages.Count;
        all = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        return Task.CompletedTask;
    }

    public Task PublishAsync(object message, CancellationToken cancellationToken) => buses[^1].Publish(message, cancellationToken);

    public Task DoneAsync(CancellationToken cancellationToken) => all.Task.WaitAsync(Deadline, cancellationToken);

    public async ValueTask DisposeAsync() => await Task.WhenAll(buses.Select(bus => bus.StopAsync()));

    private void Receive(IRabbitMqBusFactoryConfigurator rabbit) => rabbit.ReceiveEndpoint(Queue, endpoint =>
    {
        endpoint.SetQuorumQueue();
        endpoint.PrefetchCount = Prefetch;
        ReceiveBatches<EntityChanged>(endpoint);
        ReceiveBatches<EntitiesChanged>(endpoint);
    });

    private void ReceiveBatches<T>(IReceiveEndpointConfigurator endpoint)
        where T : class =>
        endpoint.Batch<T>(batch =>
        {
            (batch.MessageLimit, batch.TimeLimit, batch.ConcurrencyLimit) = (MessageLimit, TimeLimit, ConcurrencyLimit);
            batch.Consumer(() => new Counting<T>(this));
        });

    private sealed class Counting<T>(BareConsumer owner) : IConsumer<Batch<T>>
        where T : class
    {
        public Task Consume(ConsumeContext<Batch<T>> context)
        {
            if (Interlocked.Add(ref owner.outstanding, -context.Message.Length) == 0)
                owner.all.TrySetResult();
            return Task.CompletedTask;
        }
    }
}
