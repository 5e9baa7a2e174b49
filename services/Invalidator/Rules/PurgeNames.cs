using System.Text;
using LastMile.Events.Messages;
using LastMile.Events.Redis;

namespace LastMile.Events.Invalidator.Rules;

/// <summary>The distinct keys and tags that a group of changes purges. Holds only names that Redis and every region should see.</summary>
/// <param name="own">LastMile's own names in the Redis that is purged: none of them is a key to drop.</param>
/// <param name="encoding">What the database can log; null for names that come from the database.</param>
internal sealed class PurgeNames(RedisKeys own, DatabaseEncoding? encoding = null)
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
        if (Reject(kind, name, own, encoding ?? DatabaseEncoding.Any) is { } reason)
            return reason;

        (kind == RuleKind.Key ? keys : tags).Add(name);
        return null;
    }

    public void Add(PurgeNames others)
    {
        keys.UnionWith(others.keys);
        tags.UnionWith(others.tags);
    }

    /// <summary>Adds keys and tags from the log, which checked them when they were purged. An earlier version let reserved keys pass: they are left out.</summary>
    public void Add(IEnumerable<string> purgedKeys, IEnumerable<string> purgedTags)
    {
        keys.UnionWith(purgedKeys.Where(key => !own.IsReserved(key)));
        tags.UnionWith(purgedTags);
    }

    /// <summary>Why a text may not be purged as a key or tag; null when it may. A tag can't collide: its generation has a key of its own.</summary>
    public static string? Reject(RuleKind kind, string? name, RedisKeys own, DatabaseEncoding encoding) =>
        Reject(name, encoding) ?? (kind == RuleKind.Key && own.IsReserved(name!)
            ? $"'{Truncation.Of(name!, ShownLength)}' begins with '{own.Prefix}', which is reserved for LastMile's own names (Redis:KeyPrefix). To purge a tag, give its name as a tag"
            : null);

    /// <summary>Why a text may not be a name in the log; null when it may.</summary>
    public static string? Reject(string? name, DatabaseEncoding encoding) =>
        Reject(name) ?? (encoding.Holds(name!)
            ? null
            : $"'{Truncation.Of(name!, ShownLength)}' holds a character that the database's encoding, {encoding.Name}, does not have, so that its purge could not be logged. Name keys and tags in ASCII, or move to a database in UTF8");

    /// <summary>Why a text may not be a name; null when it may.</summary>
    public static string? Reject(string? name)
    {
        if (string.IsNullOrEmpty(name))
            return "a key or tag is empty";
        if (name.AsSpan().ContainsAnyInRange('\u0000', '\u001f') || name.AsSpan().ContainsAnyInRange('\u007f', '\u009f'))
            return $"'{Truncation.Of(name, ShownLength)}' holds control characters";
        if (name.Length * 3 > Limits.NameBytes && Encoding.UTF8.GetByteCount(name) is var bytes && bytes > Limits.NameBytes)
            return $"'{Truncation.Of(name, ShownLength)}' has {bytes} bytes; a key or tag has at most {Limits.NameBytes}";
        return null;
    }
}
