namespace Storefront.Cache;

/// <summary>The outcome of a read through the cache.</summary>
/// <param name="Body">The value as JSON; null when neither the cache nor the database has one.</param>
/// <param name="Hit">Whether it came from the cache.</param>
internal readonly record struct CacheRead(string? Body, bool Hit);
