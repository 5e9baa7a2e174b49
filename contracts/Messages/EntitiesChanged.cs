namespace LastMile.Events.Messages;

/// <summary>Many changes in one message, which is published and delivered once.</summary>
/// <remarks>All or nothing: one change that breaks a limit moves the whole message to the error queue with the reason.</remarks>
/// <param name="Changes">The changes, at most <see cref="Limits.ChangesPerMessage"/>, in any order: purges commute.</param>
public sealed record EntitiesChanged(IReadOnlyList<EntityChanged> Changes)
{
    /// <summary>Identifies the message in logs and traces.</summary>
    public Guid Id { get; init; } = Guid.CreateVersion7();
}
