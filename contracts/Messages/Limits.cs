namespace LastMile.Events.Messages;

/// <summary>What a message may hold. A purge key is meant to be short: it crosses every region's replication link.</summary>
public static class Limits
{
    /// <summary>The longest key or tag, in bytes of UTF-8.</summary>
    public const int NameBytes = 1024;

    /// <summary>The longest entity name, in characters.</summary>
    public const int EntityLength = 200;

    /// <summary>The most explicit keys and tags that one <see cref="EntityChanged"/> may carry, together.</summary>
    public const int ExplicitNames = 1_000;

    /// <summary>The most changes that one <see cref="EntitiesChanged"/> may carry.</summary>
    public const int ChangesPerMessage = 1_000;

    /// <summary>
    /// The longest actor of a change, in characters. A longer one is cut there, and each control character in it becomes U+FFFD:
    /// a purge never fails because of who asked for it.
    /// </summary>
    public const int ActorLength = 200;

    /// <summary>The most origins that one <see cref="PurgeApplied"/> names; the others of a greater batch are left out.</summary>
    public const int OriginsPerBatch = 100;
}
