using System.Text.Json;

namespace LastMile.Events.Chaos.Oracle;

/// <summary>What the Storefront keeps under a key: a line of tags with the generations that the value was read under, then the value.</summary>
/// <param name="Tags">The generations by tag; null for a tag that was not purged then.</param>
/// <param name="Body">The value, as JSON.</param>
internal sealed record CachedEntry(IReadOnlyDictionary<string, string?> Tags, string Body)
{
    /// <summary>Reads an entry; null when a reader is about to fill it.</summary>
    public static CachedEntry? Parse(string stored)
    {
        if (stored.StartsWith("lease:", StringComparison.Ordinal))
            return null;
        var end = stored.IndexOf('\n', StringComparison.Ordinal);
        return new CachedEntry(JsonSerializer.Deserialize<Dictionary<string, string?>>(stored[..end])!, stored[(end + 1)..]);
    }
}
