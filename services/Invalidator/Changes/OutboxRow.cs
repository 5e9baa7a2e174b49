namespace LastMile.Events.Invalidator.Changes;

/// <summary>A row of <c>lastmile.outbox</c>: up to a thousand of the rows that one statement changed.</summary>
/// <param name="Id">Its identity, which implies no order.</param>
/// <param name="Entity">The entity's name.</param>
/// <param name="Kind">insert, update, delete, truncate, unresolved or failure; any text if capture did not write the row.</param>
/// <param name="Columns">The names of the values in each row.</param>
/// <param name="Rows">A JSON array of arrays of strings and nulls, in UTF-8; any JSON if capture did not write the row.</param>
/// <param name="CreatedAt">The time of the change, by the database's clock.</param>
/// <param name="TraceParent">The application's trace context, cut off at a maximum length, not validated; null if none was set.</param>
/// <param name="Actor">The author of the change, cut off at a maximum length; null if none was set.</param>
/// <param name="Relation">The tracked table that was changed, by its name when declared; null for a row that capture did not write.</param>
internal sealed record OutboxRow(
    long Id,
    string Entity,
    string Kind,
    string[] Columns,
    byte[] Rows,
    DateTime CreatedAt,
    string? TraceParent = null,
    string? Actor = null,
    string? Relation = null)
{
    /// <summary>The kind of a row for a change that could not be captured; its only value is the reason.</summary>
    public const string Failure = "failure";

    /// <summary>Why the row could not be read as it was written; null if it could.</summary>
    public string? Unreadable { get; init; }
}
