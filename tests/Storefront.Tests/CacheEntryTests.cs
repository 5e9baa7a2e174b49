using Storefront.Cache;
using Xunit;

namespace Storefront.Tests;

public sealed class CacheEntryTests
{
    [Fact]
    public void A_value_is_read_back_with_its_tags_whatever_they_hold()
    {
        var header = CacheEntry.Header(["a\n\"b", "größe"], ["1-2", null]);

        var entry = CacheEntry.Parse(header + "{}\n{}");

        Assert.Equal((CacheEntryKind.Value, "{}\n{}"), (entry.Kind, entry.Body));
        Assert.Equal(new Dictionary<string, string?>(StringComparer.Ordinal) { ["a\n\"b"] = "1-2", ["größe"] = null }, entry.Tags);
    }

    [Fact]
    public void A_lease_is_told_from_a_value()
    {
        var entry = CacheEntry.Parse("lease:abc");

        Assert.Equal((CacheEntryKind.Lease, "abc", 0), (entry.Kind, entry.Body, entry.Tags.Count));
    }

    [Theory]
    [InlineData("")]
    [InlineData("{}")]
    [InlineData("something else")]
    [InlineData("[1]\nbody")]
    public void What_is_neither_is_refused(string stored)
    {
        Assert.Throws<FormatException>(() => CacheEntry.Parse(stored));
    }
}
