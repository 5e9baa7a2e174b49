using LastMile.Events.Invalidator.Purging;

namespace LastMile.Events.Invalidator.Outbox;

/// <summary>Rows whose names are purged.</summary>
/// <param name="Rows">The rows.</param>
/// <param name="RuleRevision">The revision of the rules that gave the names.</param>
/// <param name="Batches">What was purged; none when the rows name nothing.</param>
internal sealed record PurgedRows(IReadOnlyList<OutboxRow> Rows, Guid RuleRevision, IReadOnlyList<PurgeBatch> Batches);
