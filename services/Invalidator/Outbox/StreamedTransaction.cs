namespace LastMile.Events.Invalidator.Outbox;

/// <summary>The rows of a transaction whose commit was heard.</summary>
/// <param name="Xid">The transaction's id, without its epoch.</param>
/// <param name="Rows">Those that go the stream's way.</param>
internal sealed record StreamedTransaction(uint Xid, IReadOnlyList<OutboxRow> Rows);
