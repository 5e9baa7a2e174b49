using System.Runtime.Serialization;
using System.Text.Json;
using MassTransit;
using MassTransit.Middleware.Rescue;

namespace LastMile.Events.Invalidator.Bus;

/// <summary>Says of a message that can't be read what it should have been. What a parser says of it alone holds what somebody else wrote, of any length.</summary>
internal sealed class MalformedMessageFilter : IFilter<ExceptionReceiveContext>
{
    private const int ShownLength = 300;

    public Task Send(ExceptionReceiveContext context, IPipe<ExceptionReceiveContext> next) => next.Send(
        context.Exception is SerializationException or JsonException
            ? new RescueExceptionReceiveContext(context, new InvalidChangeException(
                $"The message is no EntityChanged or EntitiesChanged in JSON, in an envelope of MassTransit; mend what publishes it. {Truncation.Of(context.Exception.GetBaseException().Message, ShownLength)}"))
            : context);

    public void Probe(ProbeContext context) => context.CreateFilterScope("unreadable");
}
