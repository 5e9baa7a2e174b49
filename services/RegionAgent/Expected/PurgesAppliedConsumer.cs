using LastMile.Events.Messages;
using LastMile.Events.Redis;
using MassTransit;

namespace LastMile.Events.RegionAgent.Expected;

/// <summary>Hears of each purge. A watermark that can't be is thrown on: the message goes to the error queue.</summary>
internal sealed class PurgesAppliedConsumer(ExpectedWatermarks expected) : IConsumer<PurgesApplied>
{
    public Task Consume(ConsumeContext<PurgesApplied> context)
    {
        foreach (var batch in context.Message.Batches)
            expected.Expect(new Watermark(batch.Epoch, batch.Sequence));
        return Task.CompletedTask;
    }
}
