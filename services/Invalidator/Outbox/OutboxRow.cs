namespace LastMile.Events.Invalidator.Outbox;

/// <summary>A claimed row of <c>lastmile.outbox</c>: a chunk of what one statement changed.</summary>
/// <param name="Id">Its identity; no order follows from it.</param>
/// <param name="Entity">The entity's name.</param>
/// <param name="Kind">insert, update, delete, truncate, unresolved or failure, unless somebody else wrote the row.</param>
/// <param name="Columns">The names of the values in each row.</param>
/// <param name="Rows">A JSON array of arrays of texts and nulls, in UTF-8, unless somebody else wrote the row.</param>
/// <param name="CreatedAt">When the change was made, by the database's clock.</param>
/// <param name="TraceParent">The application's trace, if it is one; the beginning of whatever is there.</param>
/// <param name="Actor">Who made the change; the beginning of whatever is there.</param>
/// <param name="Relation">The tracked table that the row was captured of, by the name that it had when it was declared; null for a row that was written by hand.</param>
internal sealed record OutboxRow(long Id, string Entity, string Kind, string[] Columns, byte[] Rows, DateTime CreatedAt, string? TraceParent = null, string? Actor = null, string? Relation = null)
{
    /// <summary>The kind of a row that stands for a change that could not be captured; its one value says why.</summary>
    public const string Failure = "failure";

    /// <summary>Why the row as it was read is not what was written; null when it is.</summary>
    public string? Unreadable { get; init; }
}
