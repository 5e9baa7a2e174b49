using System.Globalization;
using System.Text;

namespace LastMile.Events.Fabric;

/// <summary>
/// A value under a cache key of a region, in the form of docs/cache-entries.md. Tools that judge the system parse it themselves, and share
/// no code with the client that writes it.
/// </summary>
/// <param name="Tags">The tags that the value depends on, and the generation of each; empty for a tag that was never purged.</param>
/// <param name="Body">The value, as JSON.</param>
public sealed record CachedEntry(IReadOnlyDictionary<string, string> Tags, string Body)
{
    // The version, the kind and the token.
    private const int BeginningLength = 18;

    /// <summary>Parses the content of a key; null if it is no value: a reader holds a lease to fill it, or the source has none.</summary>
    /// <exception cref="FormatException">The content has another form.</exception>
    public static CachedEntry? Parse(string stored)
    {
        ArgumentNullException.ThrowIfNull(stored);
        if (!stored.StartsWith('1') || stored.Length < BeginningLength)
            throw new FormatException($"This is no cache entry: {stored}");
        if (stored[1] != 'V')
            return null;

        var rest = Encoding.UTF8.GetBytes(stored[(stored.IndexOf(' ', BeginningLength) + 1)..]).AsSpan();
        var dependencies = Encoding.UTF8.GetBytes(Take(ref rest)).AsSpan();
        var tags = new Dictionary<string, string>(StringComparer.Ordinal);
        while (!dependencies.IsEmpty)
        {
            var tag = Take(ref dependencies);
            tags.Add(tag, Take(ref dependencies));
        }

        return new CachedEntry(tags, Encoding.UTF8.GetString(rest));
    }

    // A netstring: its length in bytes, a colon, and the text.
    private static string Take(ref Span<byte> rest)
    {
        var colon = rest.IndexOf((byte)':');
        var length = int.Parse(rest[..colon], CultureInfo.InvariantCulture);
        var text = Encoding.UTF8.GetString(rest.Slice(colon + 1, length));
        rest = rest[(colon + 1 + length)..];
        return text;
    }
}
