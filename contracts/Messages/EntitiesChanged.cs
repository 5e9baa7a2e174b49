namespace LastMile.Events.Messages;

/// <summary>Many changes in one message: one publish and one delivery for all of them.</summary>
/// <remarks>Taken whole or not at all: one change that breaks a limit sends the message to the error queue with the reason.</remarks>
/// <param name="Changes">The changes, at most <see cref="Limits.ChangesPerMessage"/>, in any order: purges commute.</param>
public sealed record EntitiesChanged(IReadOnlyList<EntityChanged> Changes)
{
    /// <summary>Identifies the message in logs and traces.</summary>
    public Guid Id { get; init; } = Guid.CreateVersion7();
}
