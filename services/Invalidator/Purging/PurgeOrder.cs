using LastMile.Events.Messages;

namespace LastMile.Events.Invalidator.Purging;

/// <summary>What one script call is to purge.</summary>
/// <param name="Keys">The keys, at most <see cref="Redis.PurgeScript.MaxNames"/>.</param>
/// <param name="Tags">The tags, as many.</param>
/// <param name="Origins">What asks for it.</param>
internal sealed record PurgeOrder(string[] Keys, string[] Tags, IReadOnlyList<ChangeOrigin> Origins)
{
    /// <summary>Every key that begins with this, by each region's agent; null for none.</summary>
    public string? Prefix { get; init; }

    /// <summary>The whole cache.</summary>
    public bool Everything { get; init; }
}
