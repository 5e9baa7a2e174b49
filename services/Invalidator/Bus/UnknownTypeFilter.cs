using MassTransit;
using MassTransit.Middleware.Rescue;
using MassTransit.Transports;

namespace LastMile.Events.Invalidator.Bus;

/// <summary>
/// Puts a message that nobody here consumes into the error queue, with the reason. MassTransit would put it into another queue without one,
/// and would drop it where it is told to throw.
/// </summary>
internal sealed class UnknownTypeFilter : IFilter<ReceiveContext>
{
    public Task Send(ReceiveContext context, IPipe<ReceiveContext> next) =>
        context.GetPayload<IErrorTransport>().Send(new RescueExceptionReceiveContext(context, new InvalidChangeException(
            "The message is neither an EntityChanged nor an EntitiesChanged, by the messageType of its envelope. Publish it elsewhere, or give it the type that it is.")));

    public void Probe(ProbeContext context) => context.CreateFilterScope("stranger");
}
