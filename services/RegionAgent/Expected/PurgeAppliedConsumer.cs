using LastMile.Events.Messages;
using LastMile.Events.Redis;
using MassTransit;

namespace LastMile.Events.RegionAgent.Expected;

/// <summary>Hears of each purge. A watermark that can't be is thrown on: the message goes to the error queue.</summary>
internal sealed class PurgeAppliedConsumer(ExpectedWatermarks expected) : IConsumer<PurgeApplied>
{
    public Task Consume(ConsumeContext<PurgeApplied> context)
    {
        expected.Expect(new Watermark(context.Message.Epoch, context.Message.Sequence));
        return Task.CompletedTask;
    }
}
