namespace LastMile.Events.Messages;

/// <summary>Many changes in one message, which is published and delivered once.</summary>
/// <remarks>If one change breaks a limit, the whole message is moved to the error queue with the reason.</remarks>
/// <param name="Changes">The changes, at most <see cref="Limits.ChangesPerMessage"/>, in any order: purges commute.</param>
public sealed record EntitiesChanged(IReadOnlyList<EntityChanged> Changes)
{
    /// <summary>Identifies the message in logs and traces.</summary>
    public Guid Id { get; init; } = Guid.CreateVersion7();

    /// <summary>
    /// The lineage of all changes that name none themselves. Null: every lineage with this broker purges those changes.
    /// </summary>
    public string? Lineage { get; init; }
}
