using LastMile.Events.Messages;
using LastMile.Events.Redis;
using LastMile.Events.RegionAgent.Expected;
using LastMile.Events.RegionAgent.Leadership;
using LastMile.Events.RegionAgent.Ledger;
using MassTransit;

namespace LastMile.Events.RegionAgent.Bus;

/// <summary>Receives the primary's watermark from the Invalidators' heartbeats, also when nothing changes.</summary>
internal sealed class HeartbeatConsumer(
    LeadershipState leadership, ExpectedWatermarks expected, PurgeLedger ledger, PrimaryStream stream) : IConsumer<InvalidatorHeartbeat>
{
    public Task Consume(ConsumeContext<InvalidatorHeartbeat> context)
    {
        var primary = new Watermark(context.Message.Epoch, context.Message.Sequence);
        leadership.MessageReceived();
        ledger.Receive(primary);
        expected.Expect(primary);
        stream.Receive(context.Message);
        return Task.CompletedTask;
    }
}
