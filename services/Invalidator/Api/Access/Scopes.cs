namespace LastMile.Events.Invalidator.Api.Access;

/// <summary>The scopes of API keys. No scope includes another.</summary>
internal static class Scopes
{
    /// <summary>The type of the claims that hold a key's scopes.</summary>
    public const string Claim = "scope";

    /// <summary>Allows reading the log, receipts, regions and the status.</summary>
    public const string Read = "read";

    /// <summary>Allows reading the log, and nothing else: for the agents of regions.</summary>
    public const string Log = "log";

    /// <summary>Allows purges of keys and tags.</summary>
    public const string Purge = "purge";

    /// <summary>Allows purges by prefix and of everything, and forgetting regions.</summary>
    public const string PurgeAll = "purge-all";

    /// <summary>The policy of an endpoint that requires one of the two, depending on the request's body.</summary>
    public const string AnyPurge = Purge + " or " + PurgeAll;

    /// <summary>The policy of an endpoint that accepts either of the two.</summary>
    public const string AnyLog = Read + " or " + Log;

    public static IReadOnlyList<string> All { get; } = [Read, Log, Purge, PurgeAll];
}
