using LastMile.Events.Messages;
using LastMile.Events.RegionAgent.Leadership;
using LastMile.Events.RegionAgent.Ledger;
using LastMile.Events.RegionAgent.Lineages;
using LastMile.Events.RegionAgent.Log;
using MassTransit;

namespace LastMile.Events.RegionAgent.Bus;

/// <summary>Receives purges. One invalid batch rejects the whole message, which moves to the error queue.</summary>
internal sealed class PurgesAppliedConsumer(LeadershipState leadership, RegionLineages lineages) : IConsumer<PurgesApplied>
{
    public Task Consume(ConsumeContext<PurgesApplied> context)
    {
        ReceivedPurges.Check(context.Message.Batches);
        leadership.MessageReceived();
        if (lineages.OfMessage(context.Message.Lineage) is not { } lineage)
            return Task.CompletedTask;
        lineage.Get<LogState>().BusHeard();
        lineage.Get<ReceivedPurges>().Record(context.Message.Batches);
        return Task.CompletedTask;
    }
}
