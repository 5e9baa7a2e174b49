namespace LastMile.Events.Messages;

/// <summary>What happened to an entity.</summary>
public enum ChangeKind
{
    /// <summary>The entity was changed in place. The default, because it purges by both previous and current values.</summary>
    Update,

    /// <summary>The entity is new; cached lists and cached absences may be stale.</summary>
    Insert,

    /// <summary>The entity is gone.</summary>
    Delete,

    /// <summary>All entities of the kind are gone: the tag of the whole entity is purged.</summary>
    Truncate,
}
