using LastMile.Events.Messages;
using MassTransit;

namespace LastMile.Events.RegionAgent.Repair;

/// <summary>In the independent topology: has each purge applied, and only then lets the bus forget it.</summary>
internal sealed class PurgeApplyingConsumer(RegionApplier applier) : IConsumer<PurgesApplied>
{
    public Task Consume(ConsumeContext<PurgesApplied> context) =>
        // Cancelled by the message's own token, it goes back to the queue; by another it would count as an error.
        Task.WhenAll(context.Message.Batches.Select(applier.ApplyAsync)).WaitAsync(context.CancellationToken);
}
