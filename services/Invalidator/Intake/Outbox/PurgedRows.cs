using LastMile.Events.Invalidator.Changes;

namespace LastMile.Events.Invalidator.Intake.Outbox;

/// <summary>Outbox rows whose names are purged.</summary>
/// <param name="Rows">The rows.</param>
/// <param name="RuleRevision">The revision of the rules that yielded the names.</param>
/// <param name="Batches">The purge batches; none if the rows yield no names.</param>
internal sealed record PurgedRows(IReadOnlyList<OutboxRow> Rows, Guid RuleRevision, IReadOnlyList<PurgeBatch> Batches);
