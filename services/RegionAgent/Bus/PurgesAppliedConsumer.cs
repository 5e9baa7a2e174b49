using LastMile.Events.Messages;
using LastMile.Events.RegionAgent.Leadership;
using LastMile.Events.RegionAgent.Ledger;
using MassTransit;

namespace LastMile.Events.RegionAgent.Bus;

/// <summary>Receives purges. One invalid batch rejects the whole message, which moves to the error queue.</summary>
internal sealed class PurgesAppliedConsumer(LeadershipState leadership, ReceivedPurges purges) : IConsumer<PurgesApplied>
{
    public Task Consume(ConsumeContext<PurgesApplied> context)
    {
        ReceivedPurges.Check(context.Message.Batches);
        leadership.MessageReceived();
        purges.Record(context.Message.Batches);
        return Task.CompletedTask;
    }
}
