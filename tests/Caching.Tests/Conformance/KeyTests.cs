using Microsoft.Extensions.Caching.Hybrid;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Caching.Tests.Conformance;

/// <summary>Tests which keys are cached.</summary>
public abstract class KeyTests(CacheSide side) : ConformanceTests(side)
{
    /// <summary>Keys that are never cached.</summary>
    public static TheoryData<string?> Invalid => [(string?)null, "", "  ", "new\nline", "null\0character", new string('x', 1_025)];

    [Theory]
    [MemberData(nameof(Invalid))]
    public async Task A_key_that_can_not_be_cached_is_loaded_each_time_and_logged(string? key)
    {
        await using var process = await Side.StartAsync();

        for (var read = 0; read < 2; read++)
            Assert.Equal(Loaded, await ReadAsync(key!, cache: process.Cache));

        Assert.Equal(2, Loads);
        // Once for each reason instead of once for each read, which could fill a log.
        Assert.Equal(Differs(hybridCache: 2, lastMile: 1), process.Warnings.Count);
    }

    [Theory]
    [MemberData(nameof(Invalid))]
    public async Task A_key_that_can_not_be_cached_has_no_value_without_a_load(string? key) => Assert.Null(await MemoryAsync(key!));

    [Theory]
    [MemberData(nameof(Invalid))]
    public async Task A_value_set_for_a_key_that_can_not_be_cached_is_not_served(string? key)
    {
        await Cache.SetAsync(key!, "v1");

        Assert.Equal(Loaded, await ReadAsync(key!));
    }

    [Theory]
    [MemberData(nameof(Invalid))]
    public async Task A_removal_accepts_every_key_but_null(string? key)
    {
        if (key is not null)
        {
            await Cache.RemoveAsync(key);
            await Cache.RemoveAsync([key]);
            return;
        }

        await Assert.ThrowsAsync<ArgumentNullException>(async () => await Cache.RemoveAsync(key: null!));
        await Assert.ThrowsAsync<ArgumentNullException>(async () => await Cache.RemoveAsync([null!]));
    }

    [Fact]
    public async Task The_longest_key_can_be_configured()
    {
        await using var process = await Side.StartAsync(
            builder => builder.Services.Configure<HybridCacheOptions>(options => options.MaximumKeyLength = 2_000));
        var (longest, tooLong) = (Side.NewKey().PadRight(2_000, 'x'), Side.NewKey().PadRight(2_001, 'x'));

        await FillAsync(longest, "v1", cache: process.Cache);

        Assert.Equal("v1", await ReadAsync(longest, cache: process.Cache));
        Assert.Equal(Loaded, await ReadAsync(tooLong, cache: process.Cache));
        Assert.Null(await MemoryAsync(tooLong, process.Cache));
    }

    [Fact]
    public async Task Keys_differ_by_case_and_by_every_character()
    {
        var key = Side.NewKey() + "/a_b é ✓";
        await FillAsync(key, "v1");

        Assert.Equal(Loaded, await ReadAsync(key.ToUpperInvariant()));
        Assert.Equal(Loaded, await ReadAsync(key + " "));
        Assert.Equal("v1", await ReadAsync(key));
    }

    [Fact]
    public async Task A_key_that_is_no_valid_Unicode_does_not_reach_Redis()
    {
        var key = Side.NewKey() + '\ud800';

        Assert.Equal(Loaded, await ReadAsync(key));

        // Microsoft leaves the behaviour undefined. A purge can't name such a key, so this product keeps nothing of it.
        Assert.Equal(Differs(hybridCache: Loaded, lastMile: null), await MemoryAsync(key));
        Assert.Null(await RedisAsync(key));
        Assert.False(await Side.Redis.KeyExistsAsync(key));
    }

    [Fact]
    public async Task A_key_of_the_product_itself_is_cached_only_by_another_cache()
    {
        var key = "lm:" + Side.NewKey();

        Assert.Equal(Loaded, await ReadAsync(key));
        if (!Side.IsLastMile)
            await KeptAsync(key);

        // An entry could replace the product's own data in the region's Redis.
        Assert.Equal(Differs(hybridCache: Loaded, lastMile: null), await MemoryAsync(key));
        Assert.Equal(Differs(hybridCache: true, lastMile: false), await Side.Redis.KeyExistsAsync(key));
    }

    [Fact]
    public async Task A_key_in_Redis_is_the_applications_key()
    {
        var key = Side.NewKey();

        await FillAsync(key, "v1");

        Assert.True(await Side.Redis.KeyExistsAsync(key));
    }
}

[Collection<OnHybridCache>]
public sealed class HybridCacheKeyTests(HybridCacheSide side) : KeyTests(side);

[Collection<OnLastMile>]
public sealed class LastMileKeyTests(LastMileSide side) : KeyTests(side);

[Collection<OnCluster>]
public sealed class ClusterKeyTests(ClusterSide side) : KeyTests(side);

[Collection<OnReadOnly>]
public sealed class ReadOnlyKeyTests(ReadOnlySide side) : KeyTests(side);
