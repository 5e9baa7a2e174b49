namespace LastMile.Events.Caching.Loading;

/// <summary>Rejects tags that no purge can name.</summary>
internal static class CacheTags
{
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
}
