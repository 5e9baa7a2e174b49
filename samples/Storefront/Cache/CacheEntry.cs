using System.Text.Json;

namespace Storefront.Cache;

public enum CacheEntryKind
{
    /// <summary>A reader is filling the entry.</summary>
    Lease,

    Value,
}

/// <summary>
/// What stands under a cache key: <c>lease:…</c>, or a line with the generations of the tags that the value depends on, as of before it
/// was read from the database, and then the value.
/// </summary>
/// <param name="Kind">Which of the two.</param>
/// <param name="Tags">The tags and their generations; null for a tag that was never purged. Empty for a lease.</param>
/// <param name="Body">The value, as JSON; the token of a lease.</param>
public sealed record CacheEntry(CacheEntryKind Kind, IReadOnlyDictionary<string, string?> Tags, string Body)
{
    internal const string LeasePrefix = "lease:";

    /// <summary>Reads what stands under a key.</summary>
    /// <exception cref="FormatException">It is neither lease nor value: something else writes under the key.</exception>
    public static CacheEntry Parse(string stored)
    {
        ArgumentNullException.ThrowIfNull(stored);
        if (stored.StartsWith(LeasePrefix, StringComparison.Ordinal))
            return new(CacheEntryKind.Lease, new Dictionary<string, string?>(StringComparer.Ordinal), stored[LeasePrefix.Length..]);

        try
        {
            var end = stored.IndexOf('\n', StringComparison.Ordinal);
            var tags = JsonSerializer.Deserialize<Dictionary<string, string?>>(stored.AsSpan(0, Math.Max(0, end)));
            return new(CacheEntryKind.Value, tags!, stored[(end + 1)..]);
        }
        catch (JsonException e)
        {
            throw new FormatException("A cache entry begins with 'lease:' or with a line of tags; this one does not.", e);
        }
    }

    /// <summary>The line that a value of these tags and generations begins with, its end included.</summary>
    internal static string Header(IEnumerable<string> tags, IEnumerable<string?> generations) =>
        JsonSerializer.Serialize(tags.Zip(generations).ToDictionary(pair => pair.First, pair => pair.Second, StringComparer.Ordinal)) + "\n";
}
