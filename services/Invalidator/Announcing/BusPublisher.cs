using LastMile.Events.Invalidator.Changes;
using LastMile.Events.Invalidator.Configuration;
using LastMile.Events.Messages;
using MassTransit;
using Microsoft.Extensions.Options;

namespace LastMile.Events.Invalidator.Announcing;

/// <summary>Publishes with a deadline: if the bus is down, a publish fails instead of waiting.</summary>
internal sealed class BusPublisher(IBus bus, IOptions<InvalidatorOptions> options, TimeProvider time)
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(5);

    /// <summary>Publishes batches in one message and waits for the broker's confirmation.</summary>
    public Task PublishAsync(IReadOnlyList<PurgeBatch> batches, CancellationToken cancellationToken) =>
        WithDeadlineAsync(token => bus.Publish(MessageOf(batches), token), cancellationToken);

    /// <summary>Publishes a heartbeat, which expires after a few seconds because it is then worthless.</summary>
    public Task PublishAsync(InvalidatorHeartbeat heartbeat, CancellationToken cancellationToken) =>
        WithDeadlineAsync(token => bus.Publish(heartbeat, context => context.TimeToLive = Deadline, token), cancellationToken);

    /// <summary>Publishes an event that does not expire.</summary>
    public Task PublishEventAsync<TMessage>(TMessage message, CancellationToken cancellationToken)
        where TMessage : class => WithDeadlineAsync(token => bus.Publish(message, token), cancellationToken);

    private PurgesApplied MessageOf(IReadOnlyList<PurgeBatch> batches)
    {
        var unlogged = batches.Where(batch => batch.IsUnlogged).ToList();
        return new PurgesApplied([.. batches.Where(batch => !batch.IsUnlogged).Select(batch => batch.ToMessage())])
        {
            Lineage = options.Value.Lineage,
            Unlogged = unlogged.Count == 0 ? null : new UnloggedNames(
                [.. unlogged.SelectMany(batch => batch.Keys).Distinct(StringComparer.Ordinal)],
                [.. unlogged.SelectMany(batch => batch.Tags).Distinct(StringComparer.Ordinal)]),
        };
    }

    private async Task WithDeadlineAsync(Func<CancellationToken, Task> publish, CancellationToken cancellationToken)
    {
        using var deadline = new CancellationTokenSource(Deadline, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellationToken);
        try
        {
            // A stop ends the wait, not the publish, which normally completes soon; MassTransit would log a cancelled publish as a fault.
            await publish(deadline.Token).WaitAsync(either.Token);
        }
        catch (OperationCanceledException canceled) when (deadline.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw new TimeoutException(
                $"RabbitMQ did not confirm the message within {Deadline.TotalSeconds} s. "
                    + "Check that it runs and that RabbitMq:Uri is right.",
                canceled);
        }
    }
}
