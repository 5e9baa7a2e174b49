namespace LastMile.Events.Messages;

/// <summary>
/// An entity changed, so its cached forms are stale. Published by an application after its commit; changes that the
/// triggers capture need no message.
/// </summary>
/// <remarks>
/// A message that breaks a limit below is moved to the error queue with the reason; the rest of its batch is purged.
/// Receiving one twice is harmless: a purge is idempotent.
/// </remarks>
/// <param name="Entity">The entity's name as purge rules know it, such as <c>Product</c>. Required, at most 200 characters.</param>
/// <param name="Kind">What happened to the entity.</param>
public sealed record EntityChanged(string Entity, ChangeKind Kind = ChangeKind.Update)
{
    /// <summary>Identifies the message in logs and traces.</summary>
    public Guid Id { get; init; } = Guid.CreateVersion7();

    /// <summary>When the change was made, by the publisher's clock. For people: no decision is taken on it.</summary>
    public DateTimeOffset At { get; init; } = TimeProvider.System.GetUtcNow();

    /// <summary>
    /// The values that purge rules name, by property name, as the text that the triggers write: <c>db.PurgeValues(product)</c> of the EF Core
    /// client returns them, and docs/capture.md lists the forms. A value of a reference stands by its whole name, as <c>Product.Slug</c>. A null value leaves out the keys that name it; a value that a rule names and that is not here at all
    /// is an error.
    /// </summary>
    /// <remarks>
    /// Where several tables are tracked as the entity, a message stands for a row of one of them: it holds all values that the rules of
    /// that table name, and rules of the others are rendered only where their values are here too. A table whose values are all among
    /// those of another one is not enough, or a value forgotten would go unnoticed: give the others, or null for what does not apply.
    /// </remarks>
    public IReadOnlyDictionary<string, string?> Values { get; init; } = new Dictionary<string, string?>(StringComparer.Ordinal);

    /// <summary>The values before an update, in the form of <see cref="Values"/>: their keys are purged too. Null when unknown or none.</summary>
    public IReadOnlyDictionary<string, string?>? PreviousValues { get; init; }

    /// <summary>
    /// Keys to purge besides those that the rules give. With <see cref="Tags"/> at most <see cref="Limits.ExplicitNames"/>;
    /// each at most <see cref="Limits.NameBytes"/> bytes of UTF-8, without control characters, and none of them under the Invalidator's
    /// <c>Redis:KeyPrefix</c> (<c>lm:</c>), which is reserved for LastMile's own names.
    /// </summary>
    public IReadOnlyList<string> Keys { get; init; } = [];

    /// <summary>Tags to purge besides those that the rules give, under the limits of <see cref="Keys"/>; any prefix is allowed.</summary>
    public IReadOnlyList<string> Tags { get; init; } = [];

    /// <summary>
    /// Who or what made the change, such as <c>user:42</c>; null when that is nobody's business. It travels on to
    /// <see cref="PurgeApplied.Origins"/>, with the trace that the message was published in, and is cut at <see cref="Limits.ActorLength"/>.
    /// </summary>
    public string? Actor { get; init; }
}
