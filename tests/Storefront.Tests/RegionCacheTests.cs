using LastMile.Events.Testing;
using Storefront.Cache;
using Xunit;

namespace Storefront.Tests;

public sealed class RegionCacheTests(SharedServers servers) : IAsyncLifetime
{
    private static readonly string[] Tags = ["Product", "category:3"];

    private Region region = null!;

    public async ValueTask InitializeAsync() => region = await Region.StartAsync(servers);

    public ValueTask DisposeAsync() => region.DisposeAsync();

    [Fact]
    public async Task A_miss_fills_the_regions_replica_and_the_next_read_hits()
    {
        var first = await ReadAsync("old");
        var second = await ReadAsync("new");

        Assert.Equal(new CacheRead("old", Hit: false), first);
        Assert.Equal(new CacheRead("old", Hit: true), second);
    }

    [Fact]
    public async Task A_filled_entry_holds_its_tags_and_has_a_TTL()
    {
        await region.PurgeAsync([], ["category:3"]);

        await ReadAsync("""{"id":7}""");

        var entry = await region.EntryAsync("product:7");
        Assert.Equal((CacheEntryKind.Value, """{"id":7}"""), (entry!.Kind, entry.Body));
        Assert.Equal(new Dictionary<string, string?>(StringComparer.Ordinal) { ["Product"] = null, ["category:3"] = "1-1" }, entry.Tags);
        Assert.NotNull(await (await region.Redis).KeyTimeToLiveAsync("product:7"));
    }

    [Fact]
    public async Task A_purged_key_is_read_from_the_database_again()
    {
        await ReadAsync("old");

        await region.PurgeAsync(["product:7"], []);

        Assert.Equal(new CacheRead("new", Hit: false), await ReadAsync("new"));
        Assert.Equal(new CacheRead("new", Hit: true), await ReadAsync("newer"));
    }

    [Fact]
    public async Task A_value_read_before_a_purge_is_not_cached_after_it()
    {
        var late = await region.Cache.ReadAsync("product:7", Tags, async () =>
        {
            await region.PurgeAsync(["product:7"], []);
            return "old";
        });

        Assert.Equal(new CacheRead("old", Hit: false), late);
        Assert.Null(await region.EntryAsync("product:7"));
    }

    [Fact]
    public async Task A_late_reader_does_not_overwrite_a_value_filled_after_the_purge()
    {
        await region.Cache.ReadAsync("product:7", Tags, async () =>
        {
            await region.PurgeAsync(["product:7"], []);
            await ReadAsync("new");
            return "old";
        });

        Assert.Equal(new CacheRead("new", Hit: true), await ReadAsync("newer"));
    }

    [Fact]
    public async Task A_reader_that_finds_another_lease_reads_the_database_and_does_not_fill()
    {
        await region.Cache.ReadAsync("product:7", Tags, async () =>
        {
            Assert.Equal(new CacheRead("second", Hit: false), await ReadAsync("second"));
            Assert.Equal(CacheEntryKind.Lease, (await region.EntryAsync("product:7"))!.Kind);
            return "first";
        });

        Assert.Equal(new CacheRead("first", Hit: true), await ReadAsync("third"));
    }

    [Theory]
    [InlineData("category:3")]
    [InlineData("Product")]
    public async Task A_new_generation_of_a_tag_causes_a_miss_and_a_refill(string tag)
    {
        await ReadAsync("old");

        await region.PurgeAsync([], [tag]);

        Assert.Equal(new CacheRead("new", Hit: false), await ReadAsync("new"));
        Assert.Equal(new CacheRead("new", Hit: true), await ReadAsync("newer"));
    }

    [Fact]
    public async Task A_tag_purged_during_the_database_read_makes_the_filled_value_a_miss()
    {
        await region.Cache.ReadAsync("product:7", Tags, async () =>
        {
            await region.PurgeAsync([], ["category:3"]);
            return "old";
        });

        Assert.Equal(new CacheRead("new", Hit: false), await ReadAsync("new"));
    }

    [Fact]
    public async Task A_missing_row_is_not_cached()
    {
        var read = await ReadAsync(null);

        Assert.Equal(new CacheRead(null, Hit: false), read);
        Assert.NotEqual(CacheEntryKind.Value, (await region.EntryAsync("product:7"))?.Kind);
    }

    [Fact]
    public async Task A_distrusted_cache_is_neither_read_nor_filled()
    {
        await ReadAsync("old");

        region.Trust.Set(DistrustReasons.Late, holds: true);
        var untrusted = await ReadAsync("new");
        region.Trust.Set(DistrustReasons.Late, holds: false);

        Assert.Equal(new CacheRead("new", Hit: false), untrusted);
        Assert.Equal(new CacheRead("old", Hit: true), await ReadAsync("newer"));
    }

    [Fact]
    public async Task The_database_serves_reads_while_Redis_is_down()
    {
        await ReadAsync("old");
        await region.Replica.Process.StopAsync();

        Assert.Equal(new CacheRead("new", Hit: false), await ReadAsync("new"));
    }

    private Task<CacheRead> ReadAsync(string? database) => region.Cache.ReadAsync("product:7", Tags, () => Task.FromResult(database));
}
