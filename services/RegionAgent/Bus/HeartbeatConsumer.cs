using LastMile.Events.Messages;
using LastMile.Events.Redis;
using LastMile.Events.RegionAgent.Leadership;
using LastMile.Events.RegionAgent.Ledger;
using LastMile.Events.RegionAgent.Lineages;
using LastMile.Events.RegionAgent.Log;
using LastMile.Events.RegionAgent.Topologies;
using MassTransit;

namespace LastMile.Events.RegionAgent.Bus;

/// <summary>Receives the primary's watermark from the Invalidators' heartbeats, also when nothing changes.</summary>
internal sealed class HeartbeatConsumer(LeadershipState leadership, RegionLineages lineages)
    : IConsumer<InvalidatorHeartbeat>
{
    public Task Consume(ConsumeContext<InvalidatorHeartbeat> context)
    {
        // An invalid watermark throws before the message makes this agent active.
        var primary = new Watermark(context.Message.Epoch, context.Message.Sequence);
        leadership.MessageReceived();
        if (lineages.OfMessage(context.Message.Lineage) is { } lineage)
        {
            lineage.Get<LogState>().BusHeard();
            lineage.Get<PurgeLedger>().Receive(primary);
            lineage.Get<PrimaryStream>().Receive(context.Message);
        }

        return Task.CompletedTask;
    }
}
