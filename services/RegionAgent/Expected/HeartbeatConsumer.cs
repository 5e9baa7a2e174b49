using LastMile.Events.Messages;
using LastMile.Events.Redis;
using MassTransit;
using Microsoft.Extensions.Options;

namespace LastMile.Events.RegionAgent.Expected;

/// <summary>Hears where the primary stands when nothing changes.</summary>
internal sealed class HeartbeatConsumer(ExpectedWatermarks expected, IOptions<RegionOptions> options) : IConsumer<InvalidatorHeartbeat>
{
    public Task Consume(ConsumeContext<InvalidatorHeartbeat> context)
    {
        var primary = new Watermark(context.Message.Epoch, context.Message.Sequence);

        // An independent region owes what was sent to it: the primary's past before its queue was there is none of that.
        if (options.Value.Topology == Topology.Replicated)
            expected.Expect(primary);
        else
            expected.Hear();
        return Task.CompletedTask;
    }
}
