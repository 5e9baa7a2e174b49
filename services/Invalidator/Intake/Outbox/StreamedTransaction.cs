using LastMile.Events.Invalidator.Changes;

namespace LastMile.Events.Invalidator.Intake.Outbox;

/// <summary>The rows of a transaction whose commit was received.</summary>
/// <param name="Xid">The transaction's id, without its epoch.</param>
/// <param name="Rows">Its rows, without those left to the claim.</param>
internal sealed record StreamedTransaction(uint Xid, IReadOnlyList<OutboxRow> Rows);
