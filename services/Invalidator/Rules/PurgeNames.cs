using System.Text;
using LastMile.Events.Messages;

namespace LastMile.Events.Invalidator.Rules;

/// <summary>The distinct keys and tags that a group of changes purges. Holds only names that Redis and every region should see.</summary>
internal sealed class PurgeNames
{
    private const int ShownLength = 60;

    private readonly HashSet<string> keys = new(StringComparer.Ordinal);
    private readonly HashSet<string> tags = new(StringComparer.Ordinal);

    public IReadOnlyCollection<string> Keys => keys;

    public IReadOnlyCollection<string> Tags => tags;

    public bool IsEmpty => keys.Count == 0 && tags.Count == 0;

    /// <summary>Adds a key or tag.</summary>
    /// <returns>Why it may not be one; null when it was added.</returns>
    public string? Add(RuleKind kind, string name)
    {
        if (Reject(name) is { } reason)
            return reason;

        (kind == RuleKind.Key ? keys : tags).Add(name);
        return null;
    }

    public void Add(PurgeNames others)
    {
        keys.UnionWith(others.keys);
        tags.UnionWith(others.tags);
    }

    /// <summary>Adds keys and tags that were purged before, so that they may be.</summary>
    public void Add(IEnumerable<string> purgedKeys, IEnumerable<string> purgedTags)
    {
        keys.UnionWith(purgedKeys);
        tags.UnionWith(purgedTags);
    }

    /// <summary>Why a text may not be a key or tag; null when it may.</summary>
    public static string? Reject(string? name)
    {
        if (string.IsNullOrEmpty(name))
            return "a key or tag is empty";
        if (name.AsSpan().ContainsAnyInRange('\u0000', '\u001f') || name.AsSpan().ContainsAnyInRange('\u007f', '\u009f'))
            return $"'{Excerpt.Of(name, ShownLength)}' holds control characters";
        if (name.Length * 3 > Limits.NameBytes && Encoding.UTF8.GetByteCount(name) is var bytes && bytes > Limits.NameBytes)
            return $"'{Excerpt.Of(name, ShownLength)}' has {bytes} bytes; a key or tag has at most {Limits.NameBytes}";
        return null;
    }
}
