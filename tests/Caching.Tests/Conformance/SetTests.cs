using System.Buffers;
using Microsoft.Extensions.Caching.Hybrid;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Caching.Tests.Conformance;

/// <summary>Tests <c>SetAsync</c>. <see cref="FlagTests"/> and <see cref="ExpirationTests"/> test its options.</summary>
public abstract class SetTests(CacheSide side) : ConformanceTests(side)
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_value_is_stored_in_memory_and_in_Redis_in_place_of_an_older_one(bool isCached)
    {
        var key = Side.NewKey();
        if (isCached)
            await FillAsync(key, "v1");

        await Cache.SetAsync(key, "v2");

        Assert.Equal(("v2", SetInRedis("v2")), (await MemoryAsync(key), await RedisAsync(key)));
    }

    [Fact]
    public async Task Another_process_reads_a_value_that_was_set()
    {
        await using var other = await Side.StartAsync();
        var key = Side.NewKey();

        await Cache.SetAsync(key, "v1");

        Assert.Equal(SetInRedis("v1") ?? Loaded, await ReadAsync(key, cache: other.Cache));
    }

    [Fact]
    public async Task Another_process_that_holds_an_older_value_keeps_it_until_it_expires()
    {
        await using var other = await Side.StartAsync();
        var key = Side.NewKey();
        await FillAsync(key, "v1");
        Assert.Equal("v1", await ReadAsync(key, cache: other.Cache));

        await Cache.SetAsync(key, "v2");
        await other.CatchUpAsync();

        // A write is not a purge. The commit that changed the value is.
        Assert.Equal("v1", await MemoryAsync(key, other.Cache));
    }

    [Fact]
    public async Task A_value_without_a_source_is_stored_only_by_a_cache_that_stores_nulls()
    {
        var key = Side.NewKey();
        await FillAsync(key, "v1");

        await Cache.SetAsync<string?>(key, null);

        // The source no longer has the value, so the older one goes, and the next read asks the source.
        Assert.Equal(Differs<string?>(hybridCache: null, lastMile: Loaded), await ReadAsync(key));
    }

    [Fact]
    public async Task A_value_that_is_set_during_a_load_is_not_replaced_by_the_loaded_value()
    {
        var key = Side.NewKey();
        var (begun, finish) = (new TaskCompletionSource(), new TaskCompletionSource());
        var read = Cache.GetOrCreateAsync(key, async _ =>
        {
            begun.SetResult();
            await finish.Task;
            return "v1";
        }).AsTask();
        await begun.Task;

        await Cache.SetAsync(key, "v2");
        finish.SetResult();

        Assert.Equal("v1", await read);
        // The load may be older, because it began before the write.
        await HoldsAsync(key, Differs(hybridCache: "v1", lastMile: "v2"), Differs(hybridCache: "v1", lastMile: SetInRedis("v2")));
    }

    [Fact]
    public async Task A_read_after_a_write_does_not_share_a_load_from_before_it()
    {
        var key = Side.NewKey();
        var (begun, finish) = (new TaskCompletionSource(), new TaskCompletionSource());
        var old = Cache.GetOrCreateAsync(key, async _ =>
        {
            begun.SetResult();
            await finish.Task;
            return "v1";
        }).AsTask();
        await begun.Task;

        await Cache.SetAsync(key, "v2", new() { Flags = HybridCacheEntryFlags.DisableLocalCacheWrite });
        var read = Cache.GetOrCreateAsync(key, _ => Load(Loaded)).AsTask();
        finish.SetResult();

        Assert.Equal(Differs(hybridCache: "v1", lastMile: SetInRedis("v2") ?? Loaded), await read);
        Assert.Equal("v1", await old);
    }

    [Fact]
    public async Task A_value_that_is_set_after_a_removal_is_stored_only_by_a_cache_without_a_fence()
    {
        var key = Side.NewKey();

        await Cache.RemoveAsync(key);
        await Cache.SetAsync(key, "v1");

        // The value may have been read before the change that the removal is for.
        Assert.Equal(Differs(hybridCache: "v1", lastMile: Loaded), await ReadAsync(key));
    }

    [Fact]
    public async Task A_value_that_is_set_with_a_tag_is_removed_with_the_tag()
    {
        var (key, tag) = (Side.NewKey(), Side.NewTag());
        await Cache.SetAsync(key, "v1", tags: [tag]);
        Assert.Equal("v1", await ReadAsync(key, tags: [tag]));

        await Cache.RemoveByTagAsync(tag);

        Assert.Equal(Loaded, await ReadAsync(key, tags: [tag]));
    }

    [Fact]
    public async Task The_failure_of_a_serializer_is_reported_only_by_this_product()
    {
        await using var process = await Side.StartAsync(builder => builder.AddSerializer(new FailingSerializer()));
        await process.ReadyToSetAsync();
        var key = Side.NewKey();

        var failure = await Record.ExceptionAsync(async () => await process.Cache.SetAsync(key, new Order(1)));

        // Microsoft's cache logs it. Without an exception the caller believes that the value was stored.
        Assert.Equal(Differs(hybridCache: null, lastMile: typeof(NotSupportedException)), failure?.GetType());
        Assert.False(await Side.Redis.KeyExistsAsync(key));
    }

    [Fact]
    public async Task A_cancelled_write_is_reported_only_by_this_product()
    {
        var key = Side.NewKey();
        await FillAsync(key, "v1");

        var failure = await Record.ExceptionAsync(async () =>
            await Cache.SetAsync(key, "v2", cancellationToken: new CancellationToken(canceled: true)));

        // Microsoft's cache stores it in memory, and logs that it did not store it in Redis.
        Assert.Equal(Differs(hybridCache: null, lastMile: typeof(OperationCanceledException)), failure?.GetType());
        Assert.Equal((Differs(hybridCache: "v2", lastMile: "v1"), "v1"), (await MemoryAsync(key), await RedisAsync(key)));
    }

    private sealed record Order(int Id);

    private sealed class FailingSerializer : IHybridCacheSerializer<Order>
    {
        public Order Deserialize(ReadOnlySequence<byte> source) => throw new NotSupportedException();

        public void Serialize(Order value, IBufferWriter<byte> target) => throw new NotSupportedException();
    }
}

[Collection<OnHybridCache>]
public sealed class HybridCacheSetTests(HybridCacheSide side) : SetTests(side);

[Collection<OnLastMile>]
public sealed class LastMileSetTests(LastMileSide side) : SetTests(side);

[Collection<OnCluster>]
public sealed class ClusterSetTests(ClusterSide side) : SetTests(side);

[Collection<OnReadOnly>]
public sealed class ReadOnlySetTests(ReadOnlySide side) : SetTests(side);
