using LastMile.Events.Testing;
using Microsoft.Extensions.Caching.Hybrid;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Caching.Tests.Conformance;

/// <summary>Tests how long entries live, and how the options of a call and the default options compose.</summary>
public abstract class ExpirationTests(CacheSide side) : ConformanceTests(side)
{
    // Long enough to observe an entry before it expires.
    private static readonly TimeSpan Short = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Long = TimeSpan.FromHours(1);

    [Fact]
    public async Task An_entry_without_options_lives_for_five_minutes()
    {
        var key = Side.NewKey();

        await FillAsync(key, "v1");

        await LivesAsync(key, TimeSpan.FromMinutes(5));
    }

    [Fact]
    public async Task An_entry_expires_in_memory_and_in_Redis()
    {
        var key = Side.NewKey();
        await FillAsync(key, "v1", new() { Expiration = Short });

        await Eventually.Async(async () => await MemoryAsync(key) is null && await RedisAsync(key) is null);

        Assert.Equal(Loaded, await ReadAsync(key));
    }

    [Fact]
    public async Task A_value_that_is_set_expires()
    {
        var key = Side.NewKey();
        await Cache.SetAsync(key, "v1", new() { Expiration = Short });

        Assert.Equal("v1", await ReadAsync(key));
        await Eventually.Async(async () => await MemoryAsync(key) is null && await RedisAsync(key) is null);
    }

    [Fact]
    public async Task An_entry_may_expire_in_memory_before_it_expires_in_Redis()
    {
        var key = Side.NewKey();
        await FillAsync(key, "v1", new() { Expiration = Long, LocalCacheExpiration = Short });

        await Eventually.Async(async () => await MemoryAsync(key) is null);

        Assert.Equal("v1", await RedisAsync(key));
        await LivesAsync(key, Long);
    }

    [Fact]
    public async Task An_entry_does_not_live_longer_in_memory_than_its_own_expiration()
    {
        var key = Side.NewKey();
        await FillAsync(key, "v1", new() { Expiration = Short, LocalCacheExpiration = Long });

        await Eventually.Async(async () => await MemoryAsync(key) is null);
    }

    [Fact]
    public async Task A_copy_from_Redis_does_not_live_longer_than_the_rest_of_the_entry()
    {
        await using var other = await Side.StartAsync();
        var key = Side.NewKey();
        await FillAsync(key, "v1", new() { Expiration = Short });

        Assert.Equal("v1", await ReadAsync(key, new() { Expiration = Long }, other.Cache));

        await Eventually.Async(async () => await MemoryAsync(key, other.Cache) is null);
    }

    [Fact]
    public async Task The_options_of_a_call_come_before_the_default_options()
    {
        await using var process = await StartAsync(new() { Expiration = Long, LocalCacheExpiration = Short });
        var (withDefault, withFlags, withExpiration) = (Side.NewKey(), Side.NewKey(), Side.NewKey());

        await FillAsync(withDefault, "v1", cache: process.Cache);
        await FillAsync(withFlags, "v1", new() { Flags = HybridCacheEntryFlags.DisableCompression }, cache: process.Cache);
        await FillAsync(withExpiration, "v1", new() { Expiration = TimeSpan.FromMinutes(2) }, cache: process.Cache);

        await LivesAsync(withDefault, Long);
        await LivesAsync(withFlags, Long);
        await LivesAsync(withExpiration, TimeSpan.FromMinutes(2));
        await Eventually.Async(async () => await MemoryAsync(withDefault, process.Cache) is null);
        await Eventually.Async(async () => await MemoryAsync(withFlags, process.Cache) is null);
        // An expiration without a local one means both.
        Assert.Equal("v1", await MemoryAsync(withExpiration, process.Cache));
    }

    [Fact]
    public async Task An_entry_outlives_the_default_expiration_in_memory_only_without_a_purge_to_follow()
    {
        await using var process = await StartAsync(new() { Expiration = Short });
        var key = Side.NewKey();
        await FillAsync(key, "v1", new() { LocalCacheExpiration = Long }, cache: process.Cache);

        await Eventually.Async(async () => await RedisAsync(key, process.Cache) is null);

        // Microsoft documents that a local copy does not exceed the remaining lifetime of the entry, but compares only within one object.
        Assert.Equal(Differs(hybridCache: "v1", lastMile: null), await MemoryAsync(key, process.Cache));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    public async Task A_load_with_an_expiration_that_has_passed_returns_the_value_and_keeps_nothing(int seconds)
    {
        var key = Side.NewKey();
        var options = new HybridCacheEntryOptions { Expiration = TimeSpan.FromSeconds(seconds) };

        var failure = await Record.ExceptionAsync(async () => Assert.Equal(Loaded, await ReadAsync(key, options)));

        // The rest of a token's lifetime may be nothing. That is no reason to fail the read.
        Assert.Equal(Differs(hybridCache: typeof(ArgumentOutOfRangeException), lastMile: null), failure?.GetType());
        await HoldsAsync(key, null, null);
        Assert.False(await Side.Redis.KeyExistsAsync(key));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    public async Task A_load_with_a_local_expiration_that_has_passed_keeps_the_value_in_Redis_only(int seconds)
    {
        var key = Side.NewKey();
        var options = new HybridCacheEntryOptions { Expiration = Long, LocalCacheExpiration = TimeSpan.FromSeconds(seconds) };

        var failure = await Record.ExceptionAsync(async () => Assert.Equal(Loaded, await ReadAsync(key, options)));

        Assert.Equal(Differs(hybridCache: typeof(ArgumentOutOfRangeException), lastMile: null), failure?.GetType());
        await HoldsAsync(key, null, Differs(hybridCache: null, lastMile: Loaded));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    public async Task A_hit_in_Redis_may_have_an_expiration_that_has_passed(int seconds)
    {
        await using var other = await Side.StartAsync();
        var key = Side.NewKey();
        await FillAsync(key, "v1");
        var options = new HybridCacheEntryOptions { Expiration = TimeSpan.FromSeconds(seconds) };

        var failure = await Record.ExceptionAsync(async () => Assert.Equal("v1", await ReadAsync(key, options, other.Cache)));

        Assert.Equal(Differs(hybridCache: typeof(ArgumentOutOfRangeException), lastMile: null), failure?.GetType());
        Assert.Null(await MemoryAsync(key, other.Cache));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    public async Task A_write_with_an_expiration_that_has_passed_stores_nothing(int seconds)
    {
        var key = Side.NewKey();
        await FillAsync(key, "v1");

        await Cache.SetAsync(key, "v2", new() { Expiration = TimeSpan.FromSeconds(seconds) });

        // The caller has a newer value, so the older one goes.
        await HoldsAsync(key, Differs(hybridCache: "v1", lastMile: null), Differs(hybridCache: "v1", lastMile: null));
    }

    private Task<CacheHost> StartAsync(HybridCacheEntryOptions defaults) => Side.StartAsync(builder =>
        builder.Services.Configure<HybridCacheOptions>(options => options.DefaultEntryOptions = defaults));

    private async Task LivesAsync(string key, TimeSpan span)
    {
        var remaining = await Side.Redis.KeyTimeToLiveAsync(key);
        Assert.NotNull(remaining);
        Assert.InRange(remaining.Value, span - TimeSpan.FromSeconds(30), span);
    }
}

[Collection<OnHybridCache>]
public sealed class HybridCacheExpirationTests(HybridCacheSide side) : ExpirationTests(side);

[Collection<OnLastMile>]
public sealed class LastMileExpirationTests(LastMileSide side) : ExpirationTests(side);

[Collection<OnCluster>]
public sealed class ClusterExpirationTests(ClusterSide side) : ExpirationTests(side);

[Collection<OnReadOnly>]
public sealed class ReadOnlyExpirationTests(ReadOnlySide side) : ExpirationTests(side);
