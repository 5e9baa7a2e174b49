using System.Buffers;
using LastMile.Events.Testing;
using Microsoft.Extensions.Caching.Distributed;
using Xunit;

namespace Caching.Tests;

public sealed class DistributedCacheTests(ReplicatedRegion region) : IClassFixture<ReplicatedRegion>
{
    [Fact]
    public async Task A_value_is_stored_read_purged_and_removed()
    {
        await using var process = await region.StartAsync(cache =>
        {
            cache.LeaseTime = TimeSpan.FromSeconds(1);
            cache.RemoveFromThisRegionOnly = true;
        });
        await Eventually.Async(() => process.HasReceivedPurgesFor(TimeSpan.FromSeconds(2)));
        var (cache, key, other) = (process.Distributed, region.NewKey(), region.NewKey());
        Assert.Null(await cache.GetAsync(key, TestContext.Current.CancellationToken));

        await cache.SetAsync(key, [1, 2, 3], TestContext.Current.CancellationToken);
        await cache.SetAsync(
            other, [4], new() { AbsoluteExpirationRelativeToNow = TimeSpan.FromMinutes(1) }, TestContext.Current.CancellationToken);
        var written = new ArrayBufferWriter<byte>();
        Assert.True(await ((IBufferDistributedCache)cache).TryGetAsync(key, written, TestContext.Current.CancellationToken));
        Assert.Equal([1, 2, 3], written.WrittenSpan.ToArray());
        Assert.Equal([4], await cache.GetAsync(other, TestContext.Current.CancellationToken));

        await region.PurgeAsync([key]);
        await process.CatchUpAsync();
        await cache.RemoveAsync(other, TestContext.Current.CancellationToken);
        Assert.Null(await cache.GetAsync(key, TestContext.Current.CancellationToken));
        Assert.Null(await cache.GetAsync(other, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task A_sliding_expiration_is_rejected_with_the_reason()
    {
        await using var process = await region.StartAsync();

        var failure = await Assert.ThrowsAsync<NotSupportedException>(() => process.Distributed.SetAsync(
            region.NewKey(), [1], new() { SlidingExpiration = TimeSpan.FromMinutes(1) }, TestContext.Current.CancellationToken));

        Assert.Contains("Sessions", failure.Message, StringComparison.Ordinal);
    }
}
