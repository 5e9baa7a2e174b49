using System.Text;
using LastMile.Events.Caching.Region;
using Xunit;

namespace Caching.Tests;

/// <summary>Tests the form of entries, which programs in other languages read and write.</summary>
public sealed class RegionEntryTests
{
    private const string Token = "0123456789abcdef";

    [Fact]
    public void A_value_names_its_tags_and_their_generations()
    {
        var entry = Parse($"1V{Token}1764321000000 29:10:category:73:1-47:größe0:{{\"id\":7}}")!;

        Assert.Equal((EntryKind.Value, Token, 1764321000000), (entry.Kind, entry.Token, entry.ExpiresAt));
        Assert.Equal([new TagGeneration("category:7", "1-4"), new TagGeneration("größe", "")], entry.Tags);
        Assert.Equal("{\"id\":7}", Encoding.UTF8.GetString(entry.Body.Span));
    }

    [Fact]
    public void The_dependencies_of_an_entry_are_netstrings() =>
        Assert.Equal(
            "10:category:73:1-47:größe0:", RegionEntry.Dependencies([new("category:7", "1-4"), new("größe", "")]));

    [Theory]
    [InlineData("1L" + Token, "Lease")]
    [InlineData("1N" + Token + "5 0:", "None")]
    public void A_lease_and_the_answer_that_there_is_no_value_have_their_kinds(string content, string kind)
    {
        var entry = Parse(content)!;

        Assert.Equal(kind, entry.Kind.ToString());
        Assert.Equal(content[..18], entry.Beginning);
    }

    [Theory]
    [InlineData("")]
    [InlineData("hello")]
    [InlineData("2V" + Token + "5 0:")]
    [InlineData("1X" + Token + "5 0:")]
    [InlineData("1L" + Token + "more")]
    [InlineData("1Léééééééé")]
    [InlineData("1LABCDEFGHIJKLMNOP")]
    [InlineData("1V" + Token)]
    [InlineData("1V" + Token + "x 0:")]
    [InlineData("1V" + Token + "5 9:1:a")]
    [InlineData("1V" + Token + "5 3:1:a")]
    [InlineData("1V" + Token + "5 -1:")]
    public void Content_of_another_form_is_no_entry(string content) => Assert.Null(Parse(content));

    private static RegionEntry? Parse(string content) => RegionEntry.Parse(Encoding.UTF8.GetBytes(content));
}
