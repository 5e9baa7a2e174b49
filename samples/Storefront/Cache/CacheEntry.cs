using System.Text.Json;

namespace Storefront.Cache;

public enum CacheEntryKind
{
    /// <summary>A reader is filling the entry.</summary>
    Lease,

    Value,
}

/// <summary>
/// The content of a cache key: a lease (<c>lease:…</c>), or a value. A value follows one line with the generations of its tags, which
/// were read before the database.
/// </summary>
/// <param name="Kind">Lease or value.</param>
/// <param name="Tags">The tags and their generations, null for a tag that was never purged; empty for a lease.</param>
/// <param name="Body">The value as JSON, or the token of the lease.</param>
public sealed record CacheEntry(CacheEntryKind Kind, IReadOnlyDictionary<string, string?> Tags, string Body)
{
    internal const string LeasePrefix = "lease:";

    /// <summary>Parses the content of a cache key.</summary>
    /// <exception cref="FormatException">It is neither a lease nor a value, so another program writes to the key.</exception>
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
            throw new FormatException(
                "The cache entry begins with neither 'lease:' nor a line of tags. Another program may write to its key.", e);
        }
    }

    /// <summary>Returns the first line of a value with these tags and generations, line end included.</summary>
    internal static string Header(IEnumerable<string> tags, IEnumerable<string?> generations) =>
        JsonSerializer.Serialize(
            tags.Zip(generations).ToDictionary(pair => pair.First, pair => pair.Second, StringComparer.Ordinal)) + "\n";
}
