using LastMile.Events.Invalidator.Changes;
using LastMile.Events.Invalidator.Rules;
using LastMile.Events.Messages;
using MassTransit;
using MassTransit.Logging;

namespace LastMile.Events.Invalidator.Intake.Bus;

/// <summary>
/// Consumes the changes that applications publish. Acknowledges a message when its purge is applied and logged. An invalid message fails
/// alone and goes to the error queue.
/// </summary>
internal sealed class ChangeConsumer(RuleRefresh refresh, RuleCatalog catalog, ChangeBatcher batcher)
    : IConsumer<EntityChanged>, IConsumer<EntitiesChanged>
{
    public async Task Consume(ConsumeContext<EntityChanged> context)
    {
        await refresh.Read.WaitAsync(context.CancellationToken);
        await batcher.PurgeAsync(
            ChangeInterpreter.Interpret(context.Message, catalog.Current),
            OriginsOf(context, [context.Message], catalog.Current.Encoding),
            context.CancellationToken);
    }

    public async Task Consume(ConsumeContext<EntitiesChanged> context)
    {
        await refresh.Read.WaitAsync(context.CancellationToken);
        await batcher.PurgeAsync(
            ChangeInterpreter.Interpret(context.Message, catalog.Current),
            OriginsOf(context, context.Message.Changes, catalog.Current.Encoding),
            context.CancellationToken);
    }

    // Uses the publisher's trace context: this consumer's activity is lost where it is not sampled.
    private static PurgeOrigins OriginsOf(ConsumeContext context, IEnumerable<EntityChanged> changes, DatabaseEncoding encoding)
    {
        context.ReceiveContext.TransportHeaders.TryGetHeader(DiagnosticHeaders.ActivityId, out var trace);
        var origins = new PurgeOrigins();
        foreach (var change in changes)
            origins.Add(trace as string, encoding.Fit(change.Actor));
        return origins;
    }
}
