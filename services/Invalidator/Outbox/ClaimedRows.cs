namespace LastMile.Events.Invalidator.Outbox;

/// <summary>What a claim took. The transaction that took it is open: committed, the rows are gone; ended otherwise, they are back.</summary>
/// <param name="Rows">The rows.</param>
/// <param name="RuleRevision">The revision of the rules that the claim saw: those that they were captured under, or later ones.</param>
/// <param name="IsFull">Whether it took as much as a claim may: there may be more.</param>
internal sealed record ClaimedRows(List<OutboxRow> Rows, Guid RuleRevision, bool IsFull);
