using LastMile.Events.Messages;

namespace LastMile.Events.Invalidator.Changes;

/// <summary>A purge that one script call applies.</summary>
/// <param name="Keys">The keys, at most <see cref="Redis.PurgeScript.MaxNames"/>.</param>
/// <param name="Tags">The tags, with the same maximum.</param>
/// <param name="Origins">The origins of the changes that caused it.</param>
internal sealed record PurgeOrder(string[] Keys, string[] Tags, IReadOnlyList<ChangeOrigin> Origins)
{
    /// <summary>Each region's agent drops every key that begins with this prefix; null for none.</summary>
    public string? Prefix { get; init; }

    /// <summary>Whether to drop the whole cache.</summary>
    public bool Everything { get; init; }
}
