using LastMile.Events.Invalidator.Rules;
using LastMile.Events.Messages;
using MassTransit;

namespace LastMile.Events.Invalidator.Bus;

/// <summary>
/// Receives what applications publish. A message is acknowledged when it is purged and logged; one that is invalid fails alone
/// and goes to the error queue.
/// </summary>
internal sealed class ChangeConsumer(RuleRefresh refresh, RuleCatalog catalog, ChangeBatcher batcher)
    : IConsumer<EntityChanged>, IConsumer<EntitiesChanged>
{
    public async Task Consume(ConsumeContext<EntityChanged> context)
    {
        await refresh.Read.WaitAsync(context.CancellationToken);
        await batcher.PurgeAsync(ChangeInterpreter.Interpret(context.Message, catalog.Current), context.CancellationToken);
    }

    public async Task Consume(ConsumeContext<EntitiesChanged> context)
    {
        await refresh.Read.WaitAsync(context.CancellationToken);
        await batcher.PurgeAsync(ChangeInterpreter.Interpret(context.Message, catalog.Current), context.CancellationToken);
    }
}
