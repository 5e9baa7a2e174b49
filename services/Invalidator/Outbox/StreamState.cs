namespace LastMile.Events.Invalidator.Outbox;

/// <summary>Whether anybody hears the changes of the database as they are committed.</summary>
internal enum StreamState
{
    /// <summary>Nobody: the claim looks by itself.</summary>
    None,

    /// <summary>This Invalidator.</summary>
    Open,

    /// <summary>Another one.</summary>
    Elsewhere,
}
