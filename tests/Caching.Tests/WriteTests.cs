using LastMile.Events.Testing;
using Xunit;

namespace Caching.Tests;

/// <summary>Tests which values are stored and removed without a load.</summary>
public abstract class WriteTests(CacheRegion region)
{
    private static readonly TimeSpan LeaseTime = TimeSpan.FromSeconds(1);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_value_is_stored_in_place_of_anything_but_a_recent_purge(bool isCached)
    {
        await using var process = await StartAsync();
        var key = region.NewKey();
        if (isCached)
        {
            await process.Cache.GetOrCreateAsync(key, _ => ValueTask.FromResult("v0"));
            await Eventually.Async(() => process.Holds(key));
        }

        await process.Cache.SetAsync(key, "v1");

        Assert.Equal("v1", await ReadAsync(process, key));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_value_that_may_be_older_than_a_purge_is_not_stored(bool byTag)
    {
        await using var process = await StartAsync();
        var (key, tag) = (region.NewKey(), "tag:" + region.NewKey());

        await (byTag ? region.PurgeAsync([], tag) : region.PurgeAsync([key]));
        await process.Cache.SetAsync(key, "v1", tags: [tag]);

        Assert.Equal("loaded", await ReadAsync(process, key));
    }

    [Fact]
    public async Task A_process_that_has_just_started_stores_nothing()
    {
        await using var process = await region.StartAsync();
        var key = region.NewKey();

        await process.Cache.SetAsync(key, "v1");

        Assert.Equal("loaded", await ReadAsync(process, key));
    }

    [Fact]
    public async Task A_removal_without_a_way_to_request_a_purge_throws_and_names_the_remedy()
    {
        await using var process = await region.StartAsync();

        var failure = await Assert.ThrowsAsync<InvalidOperationException>(async () => await process.Cache.RemoveAsync("product:1"));

        Assert.Contains("PurgeApi", failure.Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<NotSupportedException>(async () => await process.Cache.RemoveByTagAsync("*"));
    }

    [Fact]
    public async Task A_value_that_is_not_stored_does_not_keep_later_ones_from_being_stored()
    {
        await using var process = await region.StartAsync(cache => cache.LeaseTime = TimeSpan.FromSeconds(1));
        await Eventually.Async(() => process.HasReceivedPurgesFor(TimeSpan.FromSeconds(1)));
        var key = region.NewKey();
        await region.PurgeAsync([key]);
        await process.CatchUpAsync();

        await process.Cache.SetAsync(key, "too early");
        Assert.False(process.Holds(key));

        // Tries far more often than the time for which a purge counts.
        await Eventually.Async(async () =>
        {
            await process.Cache.SetAsync(key, "stored");
            return process.Holds(key);
        });
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_removal_takes_effect_at_once_in_every_process_of_the_region(bool byTag)
    {
        await using var process = await region.StartAsync(cache =>
        {
            cache.RemoveFromThisRegionOnly = true;
            region.ConnectAsAdministrator(cache);
        });
        await using var other = await region.StartAsync();
        var (key, tag) = (region.NewKey(), "tag:" + region.NewKey());
        await process.Cache.GetOrCreateAsync(key, _ => ValueTask.FromResult("v1"), tags: [tag]);
        await Eventually.Async(() => process.Holds(key));
        await ReadAsync(other, key);
        Assert.True(other.Holds(key));

        await (byTag ? process.Cache.RemoveByTagAsync(tag) : process.Cache.RemoveAsync(key));
        await other.CatchUpAsync();

        Assert.Equal((false, false), (process.Holds(key), other.Holds(key)));
        Assert.Equal("loaded", await ReadAsync(other, key));
    }

    // A process that has received purges for as long as it must to store a value.
    private async Task<CacheProcess> StartAsync()
    {
        var process = await region.StartAsync(cache => cache.LeaseTime = LeaseTime);
        await Eventually.Async(() => process.HasReceivedPurgesFor(LeaseTime));
        return process;
    }

    private static async Task<string> ReadAsync(CacheProcess process, string key) =>
        await process.Cache.GetOrCreateAsync(key, _ => ValueTask.FromResult("loaded"));
}

public sealed class ReplicatedWriteTests(ReplicatedRegion region) : WriteTests(region), IClassFixture<ReplicatedRegion>;

public sealed class ClusterWriteTests(ClusterRegion region) : WriteTests(region), IClassFixture<ClusterRegion>;

public sealed class ReadOnlyWriteTests(ReadOnlyRegion region) : WriteTests(region), IClassFixture<ReadOnlyRegion>;
