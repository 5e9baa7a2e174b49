using LastMile.Events.Invalidator.Changes;
using LastMile.Events.Invalidator.Configuration;
using LastMile.Events.Invalidator.Rules;
using LastMile.Events.Messages;
using MassTransit;
using MassTransit.Logging;
using Microsoft.Extensions.Options;

namespace LastMile.Events.Invalidator.Intake.Bus;

/// <summary>
/// Consumes the changes that applications publish. Acknowledges a message when its purge is applied and logged. An invalid message fails
/// alone and goes to the error queue. Changes of other lineages are ignored.
/// </summary>
internal sealed class ChangeConsumer(
    RuleRefresh refresh, RuleCatalog catalog, ChangeBatcher batcher, IOptions<InvalidatorOptions> options)
    : IConsumer<EntityChanged>, IConsumer<EntitiesChanged>
{
    public async Task Consume(ConsumeContext<EntityChanged> context)
    {
        if (!IsMine(context.Message.Lineage))
            return;
        await refresh.Read.WaitAsync(context.CancellationToken);
        await batcher.PurgeAsync(
            ChangeInterpreter.Interpret(context.Message, catalog.Current),
            OriginsOf(context, [context.Message], catalog.Current.Encoding),
            context.CancellationToken);
    }

    public async Task Consume(ConsumeContext<EntitiesChanged> context)
    {
        var message = Mine(context.Message);
        if (message.Changes?.Count == 0 && context.Message.Changes?.Count > 0)
            return;
        await refresh.Read.WaitAsync(context.CancellationToken);
        await batcher.PurgeAsync(
            ChangeInterpreter.Interpret(message, catalog.Current),
            OriginsOf(context, message.Changes!, catalog.Current.Encoding),
            context.CancellationToken);
    }

    private bool IsMine(string? lineage) => lineage is null || lineage == options.Value.Lineage;

    // Leaves out the changes of other lineages. An invalid message stays as it is, and is rejected.
    private EntitiesChanged Mine(EntitiesChanged message) =>
        message.Changes is not { Count: <= Limits.ChangesPerMessage } changes || changes.All(change => IsMine(LineageOf(change, message)))
            ? message
            : message with { Changes = [.. changes.Where(change => IsMine(LineageOf(change, message)))] };

    private static string? LineageOf(EntityChanged? change, EntitiesChanged message) => change?.Lineage ?? message.Lineage;

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
