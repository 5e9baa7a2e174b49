using Xunit;

namespace Caching.Tests.Conformance;

/// <summary>Tests the tags of entries, and <c>RemoveByTagAsync</c>.</summary>
public abstract class TagTests(CacheSide side) : ConformanceTests(side)
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_removed_tag_removes_its_entries_from_memory_and_from_Redis(bool inAnotherProcess)
    {
        await using var other = await Side.StartAsync();
        var (tag, otherTag) = (Side.NewTag(), Side.NewTag());
        var (one, both, unrelated, untagged) = (Side.NewKey(), Side.NewKey(), Side.NewKey(), Side.NewKey());
        await FillAsync(one, "v1", tags: [tag]);
        await FillAsync(both, "v1", tags: [otherTag, tag]);
        await FillAsync(unrelated, "v1", tags: [otherTag]);
        await FillAsync(untagged, "v1");

        await Cache.RemoveByTagAsync(tag);

        var cache = inAnotherProcess ? other.Cache : Cache;
        Assert.Equal(Loaded, await ReadAsync(one, cache: cache, tags: [tag]));
        Assert.Equal(Loaded, await ReadAsync(both, cache: cache, tags: [otherTag, tag]));
        Assert.Equal("v1", await ReadAsync(unrelated, cache: cache, tags: [otherTag]));
        Assert.Equal("v1", await ReadAsync(untagged, cache: cache));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(3)]
    public async Task Several_tags_are_removed_at_once(int count)
    {
        var entries = Enumerable.Range(0, 4).Select(_ => (Key: Side.NewKey(), Tag: Side.NewTag())).ToArray();
        foreach (var (key, tag) in entries)
            await FillAsync(key, "v1", tags: [tag]);

        await Cache.RemoveByTagAsync(entries.Take(count).Select(entry => entry.Tag));

        for (var index = 0; index < entries.Length; index++)
            Assert.Equal(index < count ? Loaded : "v1", await ReadAsync(entries[index].Key, tags: [entries[index].Tag]));
    }

    [Fact]
    public async Task No_tags_unknown_tags_and_blank_tags_remove_nothing()
    {
        var (key, tag) = (Side.NewKey(), Side.NewTag());
        await FillAsync(key, "v1", tags: [tag]);

        await Cache.RemoveByTagAsync(tags: null!);
        await Cache.RemoveByTagAsync([]);
        await Cache.RemoveByTagAsync(tag: null!);
        await Cache.RemoveByTagAsync("");
        await Cache.RemoveByTagAsync(" ");
        await Cache.RemoveByTagAsync(["", null!]);
        await Cache.RemoveByTagAsync(Side.NewTag());

        Assert.Equal(("v1", "v1"), (await MemoryAsync(key), await RedisAsync(key)));
    }

    [Fact]
    public async Task The_tag_for_everything_removes_every_entry_only_in_Microsofts_cache()
    {
        await using var process = await Side.StartAsync();
        var (key, tagged, tag) = (Side.NewKey(), Side.NewKey(), Side.NewTag());
        await FillAsync(key, "v1", cache: process.Cache);
        await FillAsync(tagged, "v1", tags: [tag], cache: process.Cache);

        // It would empty the caches of all regions at once. The HTTP API can do that.
        var failure = await Record.ExceptionAsync(async () => await process.Cache.RemoveByTagAsync("*"));

        Assert.Equal(Differs(hybridCache: null, lastMile: typeof(NotSupportedException)), failure?.GetType());
        Assert.Equal(Differs(Loaded, "v1"), await ReadAsync(key, cache: process.Cache));
        Assert.Equal(Differs(Loaded, "v1"), await ReadAsync(tagged, cache: process.Cache, tags: [tag]));
    }

    [Fact]
    public async Task A_tag_matches_as_a_whole_and_not_as_a_pattern()
    {
        var (key, tag) = (Side.NewKey(), Side.NewTag());
        await FillAsync(key, "v1", tags: [tag]);

        await Cache.RemoveByTagAsync("customer:*");
        await Cache.RemoveByTagAsync(tag.ToUpperInvariant());

        Assert.Equal("v1", await ReadAsync(key, tags: [tag]));
    }

    [Fact]
    public async Task An_entry_may_have_no_tags_and_a_tag_twice()
    {
        var (none, twice, tag) = (Side.NewKey(), Side.NewKey(), Side.NewTag());
        await FillAsync(none, "v1", tags: []);
        await FillAsync(twice, "v1", tags: [tag, tag]);
        Assert.Equal(("v1", "v1"), (await ReadAsync(none), await ReadAsync(twice, tags: [tag])));

        await Cache.RemoveByTagAsync(tag);

        Assert.Equal(("v1", Loaded), (await ReadAsync(none), await ReadAsync(twice, tags: [tag])));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData(" ")]
    [InlineData("*")]
    public async Task An_entry_can_not_have_a_blank_tag_or_the_tag_for_everything(string? tag)
    {
        var key = Side.NewKey();

        var read = await Assert.ThrowsAsync<ArgumentException>(() => ReadAsync(key, tags: [Side.NewTag(), tag!]));
        var write = await Assert.ThrowsAsync<ArgumentException>(async () => await Cache.SetAsync(key, "v1", tags: [tag!]));

        Assert.Equal(("tags", "tags"), (read.ParamName, write.ParamName));
        Assert.Equal(0, Loads);
    }

    [Fact]
    public async Task An_entry_that_is_filled_after_a_removal_of_its_tag_is_served()
    {
        var (key, tag) = (Side.NewKey(), Side.NewTag());
        await FillAsync(key, "v1", tags: [tag]);
        await Cache.RemoveByTagAsync(tag);

        await FillAsync(key, "v2", tags: [tag]);

        Assert.Equal("v2", await ReadAsync(key, tags: [tag]));
    }

    [Fact]
    public async Task A_load_that_began_before_a_removal_of_its_tag_is_kept_only_by_a_cache_without_a_fence()
    {
        var (key, tag) = (Side.NewKey(), Side.NewTag());

        await Cache.GetOrCreateAsync(
            key,
            async cancellation =>
            {
                await Cache.RemoveByTagAsync(tag, cancellation);
                return "v1";
            },
            tags: [tag]);

        await HoldsAsync(key, Differs(hybridCache: "v1", lastMile: null), Differs(hybridCache: "v1", lastMile: null));
    }

    [Fact]
    public async Task A_copy_from_Redis_has_the_tags_of_the_entry_only_in_this_product()
    {
        await using var other = await Side.StartAsync();
        var (key, tag) = (Side.NewKey(), Side.NewTag());
        await FillAsync(key, "v1", tags: [tag]);
        Assert.Equal("v1", await ReadAsync(key, cache: other.Cache));

        await other.Cache.RemoveByTagAsync(tag);

        // In Microsoft's cache, a copy in memory has the tags of the call that read it.
        Assert.Equal(Differs("v1", Loaded), await ReadAsync(key, cache: other.Cache));
    }

    [Fact]
    public async Task A_removal_of_a_tag_reaches_the_memory_of_other_processes_only_in_this_product()
    {
        await using var other = await Side.StartAsync();
        var (key, tag) = (Side.NewKey(), Side.NewTag());
        await FillAsync(key, "v1", tags: [tag]);
        Assert.Equal("v1", await ReadAsync(key, cache: other.Cache, tags: [tag]));

        await Cache.RemoveByTagAsync(tag);
        await other.CatchUpAsync();

        // Microsoft documents that the memory of other servers is not affected.
        Assert.Equal(Differs("v1", Loaded), await ReadAsync(key, cache: other.Cache, tags: [tag]));
    }
}

[Collection<OnHybridCache>]
public sealed class HybridCacheTagTests(HybridCacheSide side) : TagTests(side);

[Collection<OnLastMile>]
public sealed class LastMileTagTests(LastMileSide side) : TagTests(side);

[Collection<OnCluster>]
public sealed class ClusterTagTests(ClusterSide side) : TagTests(side);

[Collection<OnReadOnly>]
public sealed class ReadOnlyTagTests(ReadOnlySide side) : TagTests(side);
