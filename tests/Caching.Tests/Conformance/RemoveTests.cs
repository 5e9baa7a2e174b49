using Xunit;

namespace Caching.Tests.Conformance;

/// <summary>Tests <c>RemoveAsync</c>. <see cref="KeyTests"/> test which keys it accepts.</summary>
public abstract class RemoveTests(CacheSide side) : ConformanceTests(side)
{
    [Fact]
    public async Task A_removed_key_is_in_neither_memory_nor_Redis()
    {
        var (key, other) = (Side.NewKey(), Side.NewKey());
        await FillAsync(key, "v1");
        await FillAsync(other, "v1");

        await Cache.RemoveAsync(key);

        Assert.Equal((null, null), (await MemoryAsync(key), await RedisAsync(key)));
        Assert.False(await Side.Redis.KeyExistsAsync(key));
        Assert.Equal(("v1", "v1"), (await MemoryAsync(other), await RedisAsync(other)));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(3)]
    public async Task Several_keys_are_removed_at_once(int count)
    {
        var keys = Enumerable.Range(0, 4).Select(_ => Side.NewKey()).ToArray();
        foreach (var key in keys)
            await FillAsync(key, "v1");

        await Cache.RemoveAsync(keys.Take(count));

        for (var index = 0; index < keys.Length; index++)
            Assert.Equal(index < count ? null : "v1", await RedisAsync(keys[index]) ?? await MemoryAsync(keys[index]));
    }

    [Fact]
    public async Task No_keys_unknown_keys_and_keys_named_twice_are_accepted()
    {
        var key = Side.NewKey();
        await FillAsync(key, "v1");

        await Cache.RemoveAsync(keys: null!);
        await Cache.RemoveAsync([]);
        await Cache.RemoveAsync(Side.NewKey());
        await Cache.RemoveAsync([Side.NewKey(), key, key]);

        Assert.Equal(Loaded, await ReadAsync(key));
    }

    [Fact]
    public async Task A_removed_key_can_be_filled_again()
    {
        var key = Side.NewKey();
        await FillAsync(key, "v1");
        await Cache.RemoveAsync(key);

        await FillAsync(key, "v2");

        Assert.Equal("v2", await ReadAsync(key));
    }

    [Fact]
    public async Task A_removal_reaches_the_memory_of_other_processes_only_in_this_product()
    {
        await using var other = await Side.StartAsync();
        var key = Side.NewKey();
        await FillAsync(key, "v1");
        Assert.Equal("v1", await ReadAsync(key, cache: other.Cache));

        await Cache.RemoveAsync(key);
        await other.CatchUpAsync();

        // Microsoft documents that the memory of other servers is not affected.
        Assert.Equal(Differs("v1", Loaded), await ReadAsync(key, cache: other.Cache));
    }

    [Fact]
    public async Task A_load_that_began_before_a_removal_is_kept_only_by_a_cache_without_a_fence()
    {
        var key = Side.NewKey();

        var value = await Cache.GetOrCreateAsync(key, async cancellation =>
        {
            await Cache.RemoveAsync(key, cancellation);
            return "v1";
        });

        Assert.Equal("v1", value);
        await HoldsAsync(key, Differs(hybridCache: "v1", lastMile: null), Differs(hybridCache: "v1", lastMile: null));
    }

    [Fact]
    public async Task A_cancelled_removal_throws()
    {
        var cancelled = new CancellationToken(canceled: true);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await Cache.RemoveAsync(Side.NewKey(), cancelled));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await Cache.RemoveAsync([Side.NewKey()], cancelled));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await Cache.RemoveByTagAsync(Side.NewTag(), cancelled));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await Cache.RemoveByTagAsync([Side.NewTag()], cancelled));
    }
}

[Collection<OnHybridCache>]
public sealed class HybridCacheRemoveTests(HybridCacheSide side) : RemoveTests(side);

[Collection<OnLastMile>]
public sealed class LastMileRemoveTests(LastMileSide side) : RemoveTests(side);

[Collection<OnCluster>]
public sealed class ClusterRemoveTests(ClusterSide side) : RemoveTests(side);

[Collection<OnReadOnly>]
public sealed class ReadOnlyRemoveTests(ReadOnlySide side) : RemoveTests(side);
