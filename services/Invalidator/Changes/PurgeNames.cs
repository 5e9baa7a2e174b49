using System.Text;
using LastMile.Events.Messages;
using LastMile.Events.Redis;

namespace LastMile.Events.Invalidator.Changes;

/// <summary>The distinct keys and tags that a group of changes purges. Accepts only valid names.</summary>
/// <param name="own">LastMile's own names in the Redis that is purged. They can't be purged as keys.</param>
/// <param name="encoding">The encoding of the log; null for names that come from the database.</param>
internal sealed class PurgeNames(RedisKeys own, DatabaseEncoding? encoding = null)
{
    private const int ShownLength = 60;

    private readonly HashSet<string> keys = new(StringComparer.Ordinal);
    private readonly HashSet<string> tags = new(StringComparer.Ordinal);

    public IReadOnlyCollection<string> Keys => keys;

    public IReadOnlyCollection<string> Tags => tags;

    public bool IsEmpty => keys.Count == 0 && tags.Count == 0;

    /// <summary>Adds a key or tag.</summary>
    /// <returns>Why the name is invalid; null when it was added.</returns>
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

    /// <summary>
    /// Adds keys and tags from the log, which were checked when they were purged. Skips reserved keys, which an earlier version accepted.
    /// </summary>
    public void Add(IEnumerable<string> purgedKeys, IEnumerable<string> purgedTags)
    {
        keys.UnionWith(purgedKeys.Where(key => !own.IsReserved(key)));
        tags.UnionWith(purgedTags);
    }

    /// <summary>
    /// Returns why a text may not be purged as a key or tag; null when it may. Only keys can collide with LastMile's own names: each tag's
    /// generation has a key of its own.
    /// </summary>
    public static string? Reject(RuleKind kind, string? name, RedisKeys own, DatabaseEncoding encoding) =>
        Reject(name, encoding) ?? (kind == RuleKind.Key && own.IsReserved(name!)
            ? $"'{Truncation.Of(name!, ShownLength)}' begins with '{own.Prefix}', which is reserved for LastMile's own names "
                + "(Redis:KeyPrefix). To purge a tag, use its name as a tag"
            : null);

    /// <summary>Returns why a text may not be a name in the log; null when it may.</summary>
    public static string? Reject(string? name, DatabaseEncoding encoding) =>
        Reject(name) ?? (encoding.Holds(name!)
            ? null
            : $"'{Truncation.Of(name!, ShownLength)}' contains a character that the database's encoding, {encoding.Name}, lacks, "
                + "so its purge could not be logged. Use ASCII for names of keys and tags, or move to a UTF8 database");

    /// <summary>Returns why a text may not be a name; null when it may.</summary>
    public static string? Reject(string? name)
    {
        if (string.IsNullOrEmpty(name))
            return "a key or tag is empty";
        if (name.AsSpan().ContainsAnyInRange('\u0000', '\u001f') || name.AsSpan().ContainsAnyInRange('\u007f', '\u009f'))
            return $"'{Truncation.Of(name, ShownLength)}' contains control characters";
        if (name.Length * 3 > Limits.NameBytes && Encoding.UTF8.GetByteCount(name) is var bytes && bytes > Limits.NameBytes)
            return $"'{Truncation.Of(name, ShownLength)}' has {bytes} bytes; a key or tag has at most {Limits.NameBytes}";
        return null;
    }
}
