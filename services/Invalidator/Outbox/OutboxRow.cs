namespace LastMile.Events.Invalidator.Outbox;

/// <summary>A claimed row of <c>lastmile.outbox</c>: a chunk of what one statement changed.</summary>
/// <param name="Id">Its identity; no order follows from it.</param>
/// <param name="Entity">The entity's name.</param>
/// <param name="Kind">insert, update, delete or truncate, unless somebody else wrote the row.</param>
/// <param name="Columns">The names of the values in each row.</param>
/// <param name="Rows">A JSON array of arrays of texts and nulls, in UTF-8, unless somebody else wrote the row.</param>
/// <param name="CreatedAt">When the change was made, by the database's clock.</param>
internal sealed record OutboxRow(long Id, string Entity, string Kind, string[] Columns, byte[] Rows, DateTime CreatedAt);
