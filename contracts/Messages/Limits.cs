namespace LastMile.Events.Messages;

/// <summary>Limits of messages. Keep purge keys short: each one crosses every region's replication link.</summary>
public static class Limits
{
    /// <summary>The longest key or tag, in bytes of UTF-8.</summary>
    public const int NameBytes = 1024;

    /// <summary>The longest entity name, in characters.</summary>
    public const int EntityLength = 200;

    /// <summary>The most explicit keys and tags, together, in one <see cref="EntityChanged"/>.</summary>
    public const int ExplicitNames = 1_000;

    /// <summary>The most changes in one <see cref="EntitiesChanged"/>.</summary>
    public const int ChangesPerMessage = 1_000;

    /// <summary>
    /// The longest actor of a change, in characters. A longer one is truncated, and control characters become U+FFFD, so an actor never
    /// makes a purge fail.
    /// </summary>
    public const int ActorLength = 200;

    /// <summary>The most origins in one <see cref="PurgeApplied"/>; a batch with more origins leaves out the rest.</summary>
    public const int OriginsPerBatch = 100;
}
