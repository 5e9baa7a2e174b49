using Microsoft.Extensions.Caching.Hybrid;
using Microsoft.Extensions.Options;

namespace LastMile.Events.Caching.Loading;

/// <summary>
/// Composes the options of an entry: those of the call, then <see cref="HybridCacheOptions.DefaultEntryOptions"/>, then 5 minutes, as
/// HybridCache does. No entry lives longer than <see cref="LastMileCacheOptions.LongestEntryLifetime"/>.
/// </summary>
internal sealed class EntryDefaults(IOptions<HybridCacheOptions> hybrid, IOptions<LastMileCacheOptions> options)
{
    private static readonly TimeSpan DefaultExpiration = TimeSpan.FromMinutes(5);

    private readonly HybridCacheOptions hybrid = hybrid.Value;
    private readonly TimeSpan longest = options.Value.LongestEntryLifetime - options.Value.LeaseTime;

    /// <inheritdoc cref="HybridCacheOptions.MaximumKeyLength"/>
    public int MaximumKeyLength => hybrid.MaximumKeyLength;

    /// <summary>Returns what a call may use.</summary>
    public HybridCacheEntryFlags FlagsOf(HybridCacheEntryOptions? entry) =>
        entry?.Flags ?? hybrid.DefaultEntryOptions?.Flags ?? HybridCacheEntryFlags.None;

    /// <summary>Returns how long an entry lives in the region's Redis.</summary>
    public TimeSpan ExpirationOf(HybridCacheEntryOptions? entry) =>
        Min(entry?.Expiration ?? hybrid.DefaultEntryOptions?.Expiration ?? DefaultExpiration, longest);

    /// <summary>Returns how long an entry lives in memory: no longer than in the region.</summary>
    public TimeSpan LocalExpirationOf(HybridCacheEntryOptions? entry) => Min(
        entry?.LocalCacheExpiration ?? entry?.Expiration
            ?? hybrid.DefaultEntryOptions?.LocalCacheExpiration ?? hybrid.DefaultEntryOptions?.Expiration ?? DefaultExpiration,
        ExpirationOf(entry));

    private static TimeSpan Min(TimeSpan one, TimeSpan other) => one < other ? one : other;
}
