using LastMile.Events.Messages;
using LastMile.Events.Redis;
using LastMile.Events.RegionAgent.Expected;
using LastMile.Events.RegionAgent.Leadership;
using LastMile.Events.RegionAgent.Ledger;
using LastMile.Events.RegionAgent.Repair;
using MassTransit;

namespace LastMile.Events.RegionAgent.Bus;

/// <summary>Receives purges. One invalid batch rejects the whole message, which moves to the error queue.</summary>
internal sealed class PurgesAppliedConsumer(
    LeadershipState leadership, ExpectedWatermarks expected, PurgeLedger ledger, KnownTags tags) : IConsumer<PurgesApplied>
{
    public Task Consume(ConsumeContext<PurgesApplied> context)
    {
        var watermarks = context.Message.Batches.Select(Check).ToList();
        leadership.MessageReceived();
        foreach (var batch in context.Message.Batches)
        {
            ledger.Receive(batch);
            tags.Add(batch);
        }

        foreach (var watermark in watermarks)
            expected.Expect(watermark);
        return Task.CompletedTask;
    }

    private static Watermark Check(PurgeApplied batch)
    {
        if (batch.Keys is null || batch.Tags is null || batch.Keys.Any(key => key is null) || batch.Tags.Any(tag => tag is null)
            || batch.Prefix is "")
        {
            throw new ArgumentException(
                $"Batch {batch.BatchId} is invalid: its keys or tags are missing or contain null, or its prefix is empty.", nameof(batch));
        }

        return new Watermark(batch.Epoch, batch.Sequence);
    }
}
