using Microsoft.Extensions.Caching.Hybrid;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Caching.Tests.Conformance;

/// <summary>Tests each of <see cref="HybridCacheEntryFlags"/>, on reads and on writes.</summary>
public abstract class FlagTests(CacheSide side) : ConformanceTests(side)
{
    [Theory]
    [InlineData(HybridCacheEntryFlags.None, true, true)]
    [InlineData(HybridCacheEntryFlags.DisableLocalCacheRead, true, true)]
    [InlineData(HybridCacheEntryFlags.DisableLocalCacheWrite, false, true)]
    [InlineData(HybridCacheEntryFlags.DisableLocalCache, false, true)]
    [InlineData(HybridCacheEntryFlags.DisableDistributedCacheRead, true, true)]
    [InlineData(HybridCacheEntryFlags.DisableDistributedCacheWrite, true, false)]
    [InlineData(HybridCacheEntryFlags.DisableDistributedCache, true, false)]
    [InlineData(HybridCacheEntryFlags.DisableLocalCacheWrite | HybridCacheEntryFlags.DisableDistributedCacheWrite, false, false)]
    [InlineData(HybridCacheEntryFlags.DisableLocalCache | HybridCacheEntryFlags.DisableDistributedCache, false, false)]
    [InlineData(HybridCacheEntryFlags.DisableCompression, true, true)]
    public async Task A_miss_keeps_the_value_where_its_flags_allow_it(HybridCacheEntryFlags flags, bool inMemory, bool inRedis)
    {
        var key = Side.NewKey();

        Assert.Equal(Loaded, await ReadAsync(key, new() { Flags = flags }));

        await HoldsAsync(key, inMemory ? Loaded : null, inRedis ? Loaded : null);
    }

    [Theory]
    [InlineData(HybridCacheEntryFlags.None, true, true)]
    [InlineData(HybridCacheEntryFlags.DisableLocalCacheRead, true, true)]
    [InlineData(HybridCacheEntryFlags.DisableLocalCacheWrite, false, true)]
    [InlineData(HybridCacheEntryFlags.DisableDistributedCacheRead, true, true)]
    [InlineData(HybridCacheEntryFlags.DisableDistributedCacheWrite, true, false)]
    [InlineData(HybridCacheEntryFlags.DisableLocalCacheWrite | HybridCacheEntryFlags.DisableDistributedCacheWrite, false, false)]
    [InlineData(HybridCacheEntryFlags.DisableUnderlyingData, false, false)]
    [InlineData(HybridCacheEntryFlags.DisableCompression, true, true)]
    public async Task A_write_stores_the_value_where_its_flags_allow_it(HybridCacheEntryFlags flags, bool inMemory, bool inRedis)
    {
        var key = Side.NewKey();

        await Cache.SetAsync(key, "v1", new() { Flags = flags });

        await HoldsAsync(key, inMemory ? "v1" : null, inRedis ? SetInRedis("v1") : null);
    }

    [Theory]
    [InlineData(HybridCacheEntryFlags.DisableDistributedCacheWrite, "v2", "v1")]
    [InlineData(HybridCacheEntryFlags.DisableLocalCacheWrite | HybridCacheEntryFlags.DisableDistributedCacheWrite, "v1", "v1")]
    [InlineData(HybridCacheEntryFlags.DisableUnderlyingData, "v1", "v1")]
    public async Task A_write_leaves_the_entry_where_its_flags_forbid_to_store(HybridCacheEntryFlags flags, string inMemory, string inRedis)
    {
        var key = Side.NewKey();
        await FillAsync(key, "v1");

        await Cache.SetAsync(key, "v2", new() { Flags = flags });

        await HoldsAsync(key, inMemory, inRedis);
    }

    [Fact]
    public async Task A_write_to_Redis_only_does_not_leave_an_older_value_in_memory()
    {
        var key = Side.NewKey();
        await FillAsync(key, "v1");

        await Cache.SetAsync(key, "v2", new() { Flags = HybridCacheEntryFlags.DisableLocalCacheWrite });

        // Memory holds nothing that is older than the value in Redis.
        await HoldsAsync(key, Differs(hybridCache: "v1", lastMile: null), SetInRedis("v2"));
    }

    [Fact]
    public async Task A_read_past_memory_uses_Redis_and_replaces_the_value_in_memory()
    {
        await using var other = await Side.StartAsync();
        var key = Side.NewKey();
        await FillAsync(key, "v1");
        await Side.RemoveAsync(key);
        await FillAsync(key, "v2", cache: other.Cache);

        Assert.Equal("v2", await ReadAsync(key, new() { Flags = HybridCacheEntryFlags.DisableLocalCacheRead }));

        Assert.Equal("v2", await MemoryAsync(key));
        Assert.Equal(0, Loads);
    }

    [Fact]
    public async Task A_read_past_memory_and_Redis_loads_the_value_and_replaces_it_in_both()
    {
        var key = Side.NewKey();
        await FillAsync(key, "v1");

        Assert.Equal(Loaded, await ReadAsync(
            key, new() { Flags = HybridCacheEntryFlags.DisableLocalCacheRead | HybridCacheEntryFlags.DisableDistributedCacheRead }));

        await HoldsAsync(key, Loaded, Loaded);
    }

    [Fact]
    public async Task A_read_past_Redis_uses_memory()
    {
        var key = Side.NewKey();
        await FillAsync(key, "v1");

        Assert.Equal("v1", await ReadAsync(key, new() { Flags = HybridCacheEntryFlags.DisableDistributedCache }));
    }

    [Fact]
    public async Task A_read_without_a_load_returns_the_default_on_a_miss_and_keeps_nothing()
    {
        var (key, number) = (Side.NewKey(), Side.NewKey());
        var options = new HybridCacheEntryOptions { Flags = HybridCacheEntryFlags.DisableUnderlyingData };

        Assert.Null(await ReadAsync(key, options));
        Assert.Equal(0, await Cache.GetOrCreateAsync(number, _ => Load(42), options));

        Assert.Equal(0, Loads);
        Assert.Equal(Loaded, await ReadAsync(key));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_read_without_a_load_returns_the_cached_value(bool fromMemory)
    {
        await using var other = await Side.StartAsync();
        var key = Side.NewKey();
        await FillAsync(key, "v1");

        var options = new HybridCacheEntryOptions { Flags = HybridCacheEntryFlags.DisableUnderlyingData };
        Assert.Equal("v1", await ReadAsync(key, options, fromMemory ? Cache : other.Cache));
    }

    [Fact]
    public async Task The_flags_of_a_call_replace_the_default_flags()
    {
        await using var process = await Side.StartAsync(builder => builder.Services.Configure<HybridCacheOptions>(
            options => options.DefaultEntryOptions = new() { Flags = HybridCacheEntryFlags.DisableLocalCache }));
        var (withDefault, withOthers, withNone) = (Side.NewKey(), Side.NewKey(), Side.NewKey());
        // A process that has just started keeps nothing until it has connected.
        await FillAsync(Side.NewKey(), "first", new() { Flags = HybridCacheEntryFlags.None }, cache: process.Cache);

        await ReadAsync(withDefault, new() { Expiration = TimeSpan.FromMinutes(1) }, process.Cache);
        await ReadAsync(withOthers, new() { Flags = HybridCacheEntryFlags.DisableCompression }, process.Cache);
        await ReadAsync(withNone, new() { Flags = HybridCacheEntryFlags.None }, process.Cache);

        await HoldsAsync(withDefault, null, Loaded, process.Cache);
        await HoldsAsync(withOthers, Loaded, Loaded, process.Cache);
        await HoldsAsync(withNone, Loaded, Loaded, process.Cache);
    }
}

[Collection<OnHybridCache>]
public sealed class HybridCacheFlagTests(HybridCacheSide side) : FlagTests(side);

[Collection<OnLastMile>]
public sealed class LastMileFlagTests(LastMileSide side) : FlagTests(side);

[Collection<OnCluster>]
public sealed class ClusterFlagTests(ClusterSide side) : FlagTests(side);

[Collection<OnReadOnly>]
public sealed class ReadOnlyFlagTests(ReadOnlySide side) : FlagTests(side);
