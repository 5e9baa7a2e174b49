namespace Storefront.Cache;

/// <summary>The outcome of a read through the cache.</summary>
/// <param name="Body">The value as JSON; null when there is none, in the database either.</param>
/// <param name="Hit">Whether it came from the cache.</param>
internal readonly record struct CacheRead(string? Body, bool Hit);
