using System.Text.Json;

namespace LastMile.Events.Chaos.Oracle;

/// <summary>
/// The Storefront's value of a key: a line of tags with the generations that were current when the value was read, then the value.
/// </summary>
/// <param name="Tags">The generations by tag; null for a tag that had not been purged then.</param>
/// <param name="Body">The value, as JSON.</param>
internal sealed record CachedEntry(IReadOnlyDictionary<string, string?> Tags, string Body)
{
    /// <summary>Parses an entry; null if a reader holds a lease to fill it.</summary>
    public static CachedEntry? Parse(string stored)
    {
        if (stored.StartsWith("lease:", StringComparison.Ordinal))
            return null;
        var end = stored.IndexOf('\n', StringComparison.Ordinal);
        return new CachedEntry(JsonSerializer.Deserialize<Dictionary<string, string?>>(stored[..end])!, stored[(end + 1)..]);
    }
}
