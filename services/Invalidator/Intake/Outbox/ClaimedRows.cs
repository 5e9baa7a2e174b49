using LastMile.Events.Invalidator.Changes;

namespace LastMile.Events.Invalidator.Intake.Outbox;

/// <summary>The rows of a claim, whose transaction is open: a commit deletes them from the outbox, a rollback returns them.</summary>
/// <param name="Rows">The rows.</param>
/// <param name="RuleRevision">The rule revision in the claim's snapshot: the one that the rows were captured under, or a later one.</param>
/// <param name="IsFull">Whether the claim reached a limit, so that more rows may remain.</param>
internal sealed record ClaimedRows(List<OutboxRow> Rows, Guid RuleRevision, bool IsFull);
