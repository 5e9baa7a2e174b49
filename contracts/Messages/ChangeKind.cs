namespace LastMile.Events.Messages;

/// <summary>What happened to an entity.</summary>
public enum ChangeKind
{
    /// <summary>The entity was changed in place. The default, because it purges by both the previous and the current values.</summary>
    Update,

    /// <summary>The entity is new; cached lists and cached absences may be stale.</summary>
    Insert,

    /// <summary>The entity was deleted.</summary>
    Delete,

    /// <summary>All rows of the entity were deleted: the entity's tag is purged.</summary>
    Truncate,
}
