namespace LastMile.Events.Invalidator.Intake.Outbox;

/// <summary>Which Invalidator receives the database's changes as they are committed.</summary>
internal enum StreamState
{
    /// <summary>None, as far as this one knows: the claim polls.</summary>
    None,

    /// <summary>This Invalidator.</summary>
    Open,

    /// <summary>Another Invalidator.</summary>
    Elsewhere,
}
