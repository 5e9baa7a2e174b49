namespace LastMile.Events.Messages;

/// <summary>
/// An entity changed, so its cache entries are stale. An application publishes it after its commit; changes that the triggers capture
/// need no message.
/// </summary>
/// <remarks>
/// A message that breaks a limit below is moved to the error queue with the reason; the rest of its batch is purged.
/// A duplicate is harmless, because purges are idempotent.
/// </remarks>
/// <param name="Entity">The entity's name in the purge rules, such as <c>Product</c>. Required, at most 200 characters.</param>
/// <param name="Kind">What happened to the entity.</param>
public sealed record EntityChanged(string Entity, ChangeKind Kind = ChangeKind.Update)
{
    /// <summary>Identifies the message in logs and traces.</summary>
    public Guid Id { get; init; } = Guid.CreateVersion7();

    /// <summary>When the change was made, by the publisher's clock. Informational: LastMile bases no decision on it.</summary>
    public DateTimeOffset At { get; init; } = TimeProvider.System.GetUtcNow();

    /// <summary>
    /// The only lineage that purges the change; the others ignore it. Null: every lineage with this broker purges it, and one without a
    /// rule for the entity moves the message to its error queue.
    /// </summary>
    public string? Lineage { get; init; }

    /// <summary>
    /// The values that purge rules name, by property name, in the text form that the triggers write. <c>db.PurgeValues(product)</c> of the
    /// EF Core client returns them, and docs/capture.md lists the forms. A value of a reference has its full name, such as
    /// <c>Product.Slug</c>. A null value leaves out the keys that name it. It is an error if a value that a rule names is missing.
    /// </summary>
    /// <remarks>
    /// If several tables are tracked as the entity, a message stands for a row of one of them. It must hold every value that this table's
    /// rules name; rules of other tables are rendered only if the message holds their values too. If another table of the same schema names
    /// all these values and more, the message must hold the rest too, or null for those that do not apply. Without this rule, a forgotten
    /// value would go unnoticed.
    /// </remarks>
    public IReadOnlyDictionary<string, string?> Values { get; init; } = new Dictionary<string, string?>(StringComparer.Ordinal);

    /// <summary>The values before an update, in the form of <see cref="Values"/>; their keys are purged too. Null if unknown.</summary>
    public IReadOnlyDictionary<string, string?>? PreviousValues { get; init; }

    /// <summary>
    /// Keys to purge in addition to those of the rules. Together with <see cref="Tags"/> at most <see cref="Limits.ExplicitNames"/>;
    /// each at most <see cref="Limits.NameBytes"/> bytes of UTF-8, without control characters, and not under the Invalidator's
    /// <c>Redis:KeyPrefix</c> (<c>lm:</c>), which is reserved for LastMile's own names.
    /// </summary>
    public IReadOnlyList<string> Keys { get; init; } = [];

    /// <summary>Tags to purge in addition to those of the rules, with the limits of <see cref="Keys"/>; any prefix is allowed.</summary>
    public IReadOnlyList<string> Tags { get; init; } = [];

    /// <summary>
    /// The user or job that made the change, such as <c>user:42</c>; null for none. <see cref="PurgeApplied.Origins"/> reports it together
    /// with the trace of the message; it is truncated to <see cref="Limits.ActorLength"/> characters.
    /// </summary>
    public string? Actor { get; init; }
}
