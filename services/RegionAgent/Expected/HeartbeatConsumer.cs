using LastMile.Events.Messages;
using LastMile.Events.Redis;
using LastMile.Events.RegionAgent.Duties;
using LastMile.Events.RegionAgent.Repair;
using MassTransit;

namespace LastMile.Events.RegionAgent.Expected;

/// <summary>Hears where the primary stands when nothing changes.</summary>
internal sealed class HeartbeatConsumer(Duty duty, ExpectedWatermarks expected, PurgeLedger ledger, PrimaryStream stream) : IConsumer<InvalidatorHeartbeat>
{
    public Task Consume(ConsumeContext<InvalidatorHeartbeat> context)
    {
        var primary = new Watermark(context.Message.Epoch, context.Message.Sequence);
        duty.Heard();
        ledger.Hear(primary);
        expected.Expect(primary);
        stream.Hear(context.Message);
        return Task.CompletedTask;
    }
}
