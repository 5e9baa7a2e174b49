namespace LastMile.Events.Caching;

/// <summary>The load of one value. A loader adds tags that it learns only from the value, such as a post's author.</summary>
/// <remarks>
/// A value is not kept if one of these tags was purged after the load began. So a loader may add a tag at any time before it returns.
/// </remarks>
public sealed class FillContext
{
    internal FillContext(string key) => Key = key;

    /// <summary>The key that is filled.</summary>
    public string Key { get; }

    /// <summary>The tags that the value depends on, besides those of the call. Add before the loader returns; not thread-safe.</summary>
    public ICollection<string> Tags { get; } = new HashSet<string>(StringComparer.Ordinal);
}
