using MassTransit;
using MassTransit.Middleware.Rescue;
using MassTransit.Transports;

namespace LastMile.Events.Invalidator.Intake.Bus;

/// <summary>
/// Moves a message of an unknown type to the error queue, with the reason. MassTransit would move it to another queue without a reason, or,
/// if configured to throw, drop it.
/// </summary>
internal sealed class UnknownTypeFilter : IFilter<ReceiveContext>
{
    public Task Send(ReceiveContext context, IPipe<ReceiveContext> next) =>
        context.GetPayload<IErrorTransport>().Send(new RescueExceptionReceiveContext(context, new InvalidChangeException(
            "The message is neither EntityChanged nor EntitiesChanged, by the messageType of its envelope. "
                + "Correct its messageType, or publish it to another exchange.")));

    public void Probe(ProbeContext context) => context.CreateFilterScope("unknownType");
}
