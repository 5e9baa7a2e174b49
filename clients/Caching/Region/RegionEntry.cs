using System.Buffers;
using System.Buffers.Text;
using System.Globalization;
using System.Text;
using LastMile.Events.Redis;

namespace LastMile.Events.Caching.Region;

/// <summary>The kinds of content that a cache key has in the region's Redis.</summary>
internal enum EntryKind
{
    /// <summary>A reader is loading the value.</summary>
    Lease,

    /// <summary>A value.</summary>
    Value,

    /// <summary>The source has no value.</summary>
    None,
}

/// <summary>
/// The content of a cache key: <c>1 kind token</c>, and for a value also <c>expiry length:dependencies body</c>. See
/// docs/cache-entries.md for the form, which other languages can read and write.
/// </summary>
/// <param name="Kind">The kind.</param>
/// <param name="Token">A text of <see cref="TokenLength"/> characters that is unique to this content.</param>
/// <param name="ExpiresAt">When the entry expires, by the clock of the process that wrote it, in milliseconds since 1970.</param>
/// <param name="Tags">The tags that the entry depends on, and the generation of each when it was loaded; empty for none.</param>
/// <param name="Body">The serialized value.</param>
internal sealed record RegionEntry(
    EntryKind Kind, string Token, long ExpiresAt, IReadOnlyList<TagGeneration> Tags, ReadOnlyMemory<byte> Body)
{
    /// <summary>The number of characters of a token.</summary>
    public const int TokenLength = 16;

    private const int HeadLength = 2 + TokenLength;

    private static readonly SearchValues<byte> TokenCharacters = SearchValues.Create("0123456789abcdef"u8);

    /// <summary>How the content begins. No other content begins so.</summary>
    public string Beginning => "1" + LetterOf(Kind) + Token;

    /// <summary>Returns the content that reserves a key for a reader.</summary>
    public static string Lease(string token) => "1L" + token;

    /// <summary>Returns the first part of a value: everything up to its dependencies.</summary>
    public static string Head(EntryKind kind, string token, long expiresAt) =>
        string.Create(CultureInfo.InvariantCulture, $"1{LetterOf(kind)}{token}{expiresAt} ");

    /// <summary>Returns the dependencies of a value, without their length: each tag and its generation.</summary>
    public static string Dependencies(IEnumerable<TagGeneration> tags) =>
        string.Concat(tags.Select(tag => Netstring(tag.Tag) + Netstring(tag.Generation)));

    /// <summary>Parses the content of a key.</summary>
    /// <returns>The entry; null if another program wrote the content, or a later version.</returns>
    public static RegionEntry? Parse(ReadOnlyMemory<byte> content)
    {
        var bytes = content.Span;
        if (bytes.Length < HeadLength || bytes[0] != '1' || bytes[2..HeadLength].ContainsAnyExcept(TokenCharacters))
            return null;
        var token = Encoding.ASCII.GetString(bytes[2..HeadLength]);
        var rest = content[HeadLength..];
        return (char)bytes[1] switch
        {
            'L' when rest.IsEmpty => new RegionEntry(EntryKind.Lease, token, 0, [], default),
            'V' => Value(EntryKind.Value, token, rest),
            'N' => Value(EntryKind.None, token, rest),
            _ => null,
        };
    }

    private static char LetterOf(EntryKind kind) => kind switch
    {
        EntryKind.Lease => 'L',
        EntryKind.None => 'N',
        _ => 'V',
    };

    private static RegionEntry? Value(EntryKind kind, string token, ReadOnlyMemory<byte> rest)
    {
        if (!Utf8Parser.TryParse(rest.Span, out long expiresAt, out var used) || used == rest.Length || rest.Span[used] != ' ')
            return null;

        rest = rest[(used + 1)..];
        return TakeNetstring(ref rest, out var dependencies) && TryParseTags(dependencies, out var tags)
            ? new RegionEntry(kind, token, expiresAt, tags, rest)
            : null;
    }

    private static bool TryParseTags(ReadOnlyMemory<byte> dependencies, out List<TagGeneration> tags)
    {
        tags = [];
        while (!dependencies.IsEmpty)
        {
            if (!TakeNetstring(ref dependencies, out var tag) || !TakeNetstring(ref dependencies, out var generation))
                return false;
            tags.Add(new TagGeneration(Encoding.UTF8.GetString(tag.Span), Encoding.UTF8.GetString(generation.Span)));
        }

        return true;
    }

    private static bool TakeNetstring(ref ReadOnlyMemory<byte> rest, out ReadOnlyMemory<byte> text)
    {
        text = default;
        if (!Utf8Parser.TryParse(rest.Span, out int length, out var used) || used == rest.Length || rest.Span[used] != ':'
            || length < 0 || length > rest.Length - used - 1)
        {
            return false;
        }

        text = rest.Slice(used + 1, length);
        rest = rest[(used + 1 + length)..];
        return true;
    }

    private static string Netstring(string text) =>
        string.Create(CultureInfo.InvariantCulture, $"{Encoding.UTF8.GetByteCount(text)}:{text}");
}

/// <summary>A tag and a generation of it.</summary>
/// <param name="Tag">The tag.</param>
/// <param name="Generation">The generation; empty if the tag was never purged.</param>
internal readonly record struct TagGeneration(string Tag, string Generation)
{
    /// <summary>Returns whether the purge that wrote the generation is no newer than a watermark, which may be empty.</summary>
    public bool IsAtMost(string watermark)
    {
        var parts = Generation.Split('-');
        return Generation.Length == 0 || (parts.Length > 1
            && (!Watermark.TryParse($"{parts[0]}-{parts[1]}", out var written) ? parts[0] == "0"
                : Watermark.TryParse(watermark, out var shown) && written <= shown));
    }
}
