using LastMile.Events.Messages;
using LastMile.Events.Redis;
using LastMile.Events.RegionAgent.Leadership;
using LastMile.Events.RegionAgent.Ledger;
using LastMile.Events.RegionAgent.Lineages;
using MassTransit;

namespace LastMile.Events.RegionAgent.Bus;

/// <summary>Receives purges. One invalid batch rejects the whole message, which moves to the error queue.</summary>
internal sealed class PurgesAppliedConsumer(LeadershipState leadership, RegionLineages lineages) : IConsumer<PurgesApplied>
{
    public Task Consume(ConsumeContext<PurgesApplied> context)
    {
        foreach (var batch in context.Message.Batches)
            Check(batch);
        leadership.MessageReceived();
        if (lineages.OfMessage(context.Message.Lineage) is not { } lineage)
            return Task.CompletedTask;
        var (ledger, tags) = (lineage.Get<PurgeLedger>(), lineage.Get<KnownTags>());
        foreach (var batch in context.Message.Batches)
        {
            ledger.Receive(batch);
            tags.Add(batch);
        }

        return Task.CompletedTask;
    }

    private static void Check(PurgeApplied batch)
    {
        if (batch.Keys is null || batch.Tags is null || batch.Keys.Any(key => key is null) || batch.Tags.Any(tag => tag is null)
            || batch.Prefix is "")
        {
            throw new ArgumentException(
                $"Batch {batch.BatchId} is invalid: its keys or tags are missing or contain null, or its prefix is empty.", nameof(batch));
        }

        // Throws if the epoch or the sequence is below its range.
        _ = new Watermark(batch.Epoch, batch.Sequence);
    }
}
