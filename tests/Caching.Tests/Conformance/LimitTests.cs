using LastMile.Events.Testing;
using Microsoft.Extensions.Caching.Hybrid;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Caching.Tests.Conformance;

/// <summary>Tests values that are too large, and a Redis that does not answer.</summary>
public abstract class LimitTests(CacheSide side) : ConformanceTests(side)
{
    private const int MaximumBytes = 2_000;

    [Fact]
    public async Task A_value_of_more_than_one_mebibyte_is_not_stored_in_Redis_by_default()
    {
        var (key, tooLarge) = (Side.NewKey(), Side.NewKey());
        var (large, larger) = (new string('x', 1_000_000), new string('x', (1_024 * 1_024) + 1));

        await FillAsync(key, large);
        Assert.Equal(larger, await Cache.GetOrCreateAsync(tooLarge, _ => Load(larger)));

        await FillAsync(Side.NewKey(), "later");
        Assert.True(await Side.Redis.KeyExistsAsync(key));
        Assert.False(await Side.Redis.KeyExistsAsync(tooLarge));
    }

    [Fact]
    public async Task A_loaded_value_that_is_too_large_is_returned_and_logged_and_kept_in_memory_only_by_Microsofts_cache()
    {
        await using var process = await StartAsync();
        var key = Side.NewKey();
        var tooLarge = new string('x', MaximumBytes + 1);

        // On a busy machine the region may be unsound for a moment. Then nothing may be kept, whatever its size.
        await Eventually.Async(async () =>
        {
            Assert.Equal(tooLarge, await process.Cache.GetOrCreateAsync(key, _ => Load(tooLarge)));
            return process.Warnings.Count > 0;
        });

        // Microsoft documents that it is not stored in the cache.
        await HoldsAsync(key, Differs(hybridCache: tooLarge, lastMile: null), null, process.Cache);
        Assert.False(await Side.Redis.KeyExistsAsync(key));
        Assert.Contains("MaximumPayloadBytes", Assert.Single(process.Warnings), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_value_that_is_set_and_is_too_large_is_logged_and_leaves_no_older_one()
    {
        await using var process = await StartAsync();
        await process.ReadyToSetAsync();
        var key = Side.NewKey();
        var tooLarge = new string('x', MaximumBytes + 1);
        await FillAsync(key, "v1", cache: process.Cache);

        await process.Cache.SetAsync(key, tooLarge);

        // The caller has a newer value, so the older one goes.
        await HoldsAsync(
            key, Differs(hybridCache: tooLarge, lastMile: null), Differs(hybridCache: "v1", lastMile: null), process.Cache);
        Assert.Contains("MaximumPayloadBytes", Assert.Single(process.Warnings), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_Redis_that_does_not_answer_fails_no_read_and_memory_serves_only_in_Microsofts_cache()
    {
        await using var process = await Side.StartWithoutRedisAsync();
        var key = Side.NewKey();

        Assert.Equal(Loaded, await ReadAsync(key, cache: process.Cache));
        Assert.Equal(Loaded, await ReadAsync(key, cache: process.Cache));

        // Without Redis this product receives no purges, so it serves nothing from memory. Microsoft's cache does, once it has tried to
        // read the state of its tags.
        if (!Side.IsLastMile)
        {
            await Eventually.Async(async () =>
                await ReadAsync(key, cache: process.Cache) == Loaded && await MemoryAsync(key, process.Cache) == Loaded);
        }

        Assert.Equal(Differs(hybridCache: Loaded, lastMile: null), await MemoryAsync(key, process.Cache));
        await Eventually.Async(() => process.Warnings.Count > 0);
    }

    [Fact]
    public async Task A_write_to_a_Redis_that_does_not_answer_does_not_throw()
    {
        await using var process = await Side.StartWithoutRedisAsync();
        var key = Side.NewKey();

        await Eventually.Async(async () =>
        {
            await process.Cache.SetAsync(key, "v1");
            return Side.IsLastMile || await MemoryAsync(key, process.Cache) is not null;
        });

        Assert.Equal(Differs(hybridCache: "v1", lastMile: null), await MemoryAsync(key, process.Cache));
    }

    [Fact]
    public async Task A_removal_from_a_Redis_that_does_not_answer_throws()
    {
        await using var process = await Side.StartWithoutRedisAsync();

        await Assert.ThrowsAnyAsync<Exception>(async () => await process.Cache.RemoveAsync(Side.NewKey()));
        await Assert.ThrowsAnyAsync<Exception>(async () => await process.Cache.RemoveByTagAsync(Side.NewTag()));
    }

    private Task<CacheHost> StartAsync() => Side.StartAsync(
        builder => builder.Services.Configure<HybridCacheOptions>(options => options.MaximumPayloadBytes = MaximumBytes));
}

[Collection<OnHybridCache>]
public sealed class HybridCacheLimitTests(HybridCacheSide side) : LimitTests(side);

[Collection<OnLastMile>]
public sealed class LastMileLimitTests(LastMileSide side) : LimitTests(side);

[Collection<OnCluster>]
public sealed class ClusterLimitTests(ClusterSide side) : LimitTests(side);

[Collection<OnReadOnly>]
public sealed class ReadOnlyLimitTests(ReadOnlySide side) : LimitTests(side);
