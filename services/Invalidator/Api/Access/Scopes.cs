namespace LastMile.Events.Invalidator.Api.Access;

/// <summary>What a key is good for. None holds another.</summary>
internal static class Scopes
{
    /// <summary>The claim that holds a key's scopes.</summary>
    public const string Claim = "scope";

    /// <summary>To look.</summary>
    public const string Read = "read";

    /// <summary>To purge keys and tags.</summary>
    public const string Purge = "purge";

    /// <summary>To purge by prefix and everything, and to forget regions.</summary>
    public const string PurgeAll = "purge-all";

    /// <summary>The policy of what takes either, by what is asked for.</summary>
    public const string AnyPurge = Purge + " or " + PurgeAll;

    public static IReadOnlyList<string> All { get; } = [Read, Purge, PurgeAll];
}
