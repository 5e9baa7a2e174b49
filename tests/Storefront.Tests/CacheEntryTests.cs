using Storefront.Cache;
using Xunit;

namespace Storefront.Tests;

public sealed class CacheEntryTests
{
    [Fact]
    public void A_value_keeps_its_tags_even_with_special_characters()
    {
        var header = CacheEntry.Header(["a\n\"b", "größe"], ["1-2", null]);

        var entry = CacheEntry.Parse(header + "{}\n{}");

        Assert.Equal((CacheEntryKind.Value, "{}\n{}"), (entry.Kind, entry.Body));
        Assert.Equal(new Dictionary<string, string?>(StringComparer.Ordinal) { ["a\n\"b"] = "1-2", ["größe"] = null }, entry.Tags);
    }

    [Fact]
    public void A_lease_is_recognized()
    {
        var entry = CacheEntry.Parse("lease:abc");

        Assert.Equal((CacheEntryKind.Lease, "abc", 0), (entry.Kind, entry.Body, entry.Tags.Count));
    }

    [Theory]
    [InlineData("")]
    [InlineData("{}")]
    [InlineData("something else")]
    [InlineData("[1]\nbody")]
    public void Other_content_is_rejected(string stored)
    {
        Assert.Throws<FormatException>(() => CacheEntry.Parse(stored));
    }
}
