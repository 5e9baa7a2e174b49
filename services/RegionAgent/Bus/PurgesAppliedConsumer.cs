using LastMile.Events.Messages;
using LastMile.Events.RegionAgent.Leadership;
using LastMile.Events.RegionAgent.Ledger;
using LastMile.Events.RegionAgent.Lineages;
using LastMile.Events.RegionAgent.Log;
using LastMile.Events.RegionAgent.Repair;
using MassTransit;

namespace LastMile.Events.RegionAgent.Bus;

/// <summary>Receives purges. One invalid batch rejects the whole message, which moves to the error queue.</summary>
internal sealed class PurgesAppliedConsumer(LeadershipState leadership, RegionLineages lineages) : IConsumer<PurgesApplied>
{
    public async Task Consume(ConsumeContext<PurgesApplied> context)
    {
        ReceivedPurges.Check(context.Message.Batches);
        UnloggedPurges.Check(context.Message.Unlogged);
        leadership.MessageReceived();
        if (lineages.OfMessage(context.Message.Lineage) is not { } lineage)
            return;
        lineage.Get<LogState>().BusHeard();
        lineage.Get<ReceivedPurges>().Record(context.Message.Batches);
        if (context.Message.Unlogged is { } names)
            await lineage.Get<UnloggedPurges>().DropAsync(names);
    }
}
