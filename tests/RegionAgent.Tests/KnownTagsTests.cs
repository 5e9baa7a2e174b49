using LastMile.Events.RegionAgent.Ledger;
using Xunit;

namespace RegionAgent.Tests;

public sealed class KnownTagsTests
{
    private readonly KnownTags tags = new();

    [Fact]
    public void Each_tag_is_listed_once_and_the_least_recently_purged_is_first()
    {
        tags.Add(Batches.Of(1, 1) with { Tags = ["a", "b"] });
        tags.Add(Batches.Of(1, 2, "key") with { Tags = ["a"] });

        Assert.Equal(["b", "a"], tags.All);
    }

    [Fact]
    public void A_purge_of_everything_removes_all_tags()
    {
        tags.Add(Batches.Of(1, 1) with { Tags = ["a"] });

        tags.Add(Batches.Of(1, 2) with { Everything = true });

        Assert.Empty(tags.All);
    }

    [Fact]
    public void The_least_recently_purged_tags_are_dropped_beyond_the_capacity()
    {
        tags.Add(Batches.Of(1, 1) with { Tags = [.. Enumerable.Range(0, KnownTags.Capacity).Select(n => $"tag:{n}")] });

        tags.Add(Batches.Of(1, 2) with { Tags = ["tag:0", "one more"] });

        Assert.Equal(KnownTags.Capacity, tags.All.Count);
        Assert.Equal("tag:2", tags.All[0]);
        Assert.Equal(["tag:0", "one more"], tags.All.TakeLast(2));
    }
}
