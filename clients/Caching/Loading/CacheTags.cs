namespace LastMile.Events.Caching.Loading;

/// <summary>Rejects tags that no purge can name.</summary>
internal static class CacheTags
{
    // Above it, comparing all pairs takes longer than hashing.
    private const int Few = 8;

    /// <summary>Returns the tags of a call, each once.</summary>
    public static string[] Distinct(IEnumerable<string>? tags)
    {
        if (tags is null)
            return [];
        string[] copy = [.. tags];
        return copy.Length <= Few && HasNoPair(copy) ? copy : [.. copy.Distinct(StringComparer.Ordinal)];
    }

    /// <summary>Throws if one of the tags is null or blank, or stands for all entries.</summary>
    /// <exception cref="ArgumentException">A tag is invalid.</exception>
    public static void Check(IEnumerable<string?> tags)
    {
        foreach (var tag in tags)
        {
            if (string.IsNullOrWhiteSpace(tag) || tag == "*")
            {
                throw new ArgumentException(
                    $"'{tag}' is no tag of an entry. A tag is not empty, and not '*', which means all entries.", nameof(tags));
            }
        }
    }

    private static bool HasNoPair(ReadOnlySpan<string> tags)
    {
        for (var i = 1; i < tags.Length; i++)
        {
            if (tags[..i].Contains(tags[i]))
                return false;
        }

        return true;
    }
}
