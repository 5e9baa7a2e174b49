using System.Runtime.Serialization;
using System.Text.Json;
using LastMile.Events.Invalidator.Changes;
using MassTransit;
using MassTransit.Middleware.Rescue;

namespace LastMile.Events.Invalidator.Intake.Bus;

/// <summary>
/// Replaces the error of an unreadable message with one that names the expected format. The parser's own text quotes the message, at any
/// length, so it is truncated.
/// </summary>
internal sealed class MalformedMessageFilter : IFilter<ExceptionReceiveContext>
{
    private const int ShownLength = 300;

    public Task Send(ExceptionReceiveContext context, IPipe<ExceptionReceiveContext> next) => next.Send(
        context.Exception is SerializationException or JsonException
            ? new RescueExceptionReceiveContext(context, new InvalidChangeException(
                "The message is not an EntityChanged or EntitiesChanged in JSON, in a MassTransit envelope. Fix its publisher. "
                    + Truncation.Of(context.Exception.GetBaseException().Message, ShownLength)))
            : context);

    public void Probe(ProbeContext context) => context.CreateFilterScope("malformedMessage");
}
