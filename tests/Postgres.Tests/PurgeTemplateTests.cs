using LastMile.Events.Postgres;
using Xunit;

namespace Postgres.Tests;

public sealed class PurgeTemplateTests
{
    [Theory]
    [InlineData("product:{Id}", "product:7")]
    [InlineData("{Id}", "7")]
    [InlineData("{Id}{Slug}", "7shoe")]
    [InlineData("product:{Id}:slug:{Slug}!", "product:7:slug:shoe!")]
    [InlineData("{Id}:{Id}:{Slug}:{Id}", "7:7:shoe:7")]
    [InlineData("products:all", "products:all")]
    [InlineData("{{{Id}}}", "{7}")]
    [InlineData("{{Id}}", "{Id}")]
    [InlineData("a}}b{{c", "a}b{c")]
    [InlineData("größe:{Slug} %", "größe:shoe %")]
    public void A_template_renders_literal_text_and_values(string text, string expected)
    {
        var template = PurgeTemplate.Parse(text);

        var rendered = template.Render(name => name is "Id" ? "7" : "shoe");

        Assert.Equal(expected, rendered);
    }

    [Fact]
    public void Values_are_rendered_unescaped()
    {
        var template = PurgeTemplate.Parse("t:{A}:{B}");

        var rendered = template.Render(["{B}", "%:\n {}"]);

        Assert.Equal("t:{B}:%:\n {}", rendered);
    }

    [Fact]
    public void A_null_value_leaves_the_key_out_but_an_empty_value_does_not()
    {
        var template = PurgeTemplate.Parse("product:slug:{Slug}");

        Assert.Null(template.Render([null]));
        Assert.Equal("product:slug:", template.Render([""]));
    }

    [Fact]
    public void Placeholders_are_listed_once_in_order_of_first_appearance()
    {
        var template = PurgeTemplate.Parse("{B}:{A}:{B}:{Product.Slug}");

        Assert.Equal(["B", "A", "Product.Slug"], template.Placeholders);
        Assert.Equal("2:1:2:x", template.Render(["2", "1", "x"]));
    }

    [Fact]
    public void The_number_of_values_must_equal_the_number_of_placeholders()
    {
        var template = PurgeTemplate.Parse("{A}:{B}:{A}");

        var error = Assert.Throws<ArgumentException>(() => template.Render(["1"]));

        Assert.Contains("takes 2 values, not 1", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", "is empty")]
    [InlineData("product:{Id", "'{' at position 9 that is not closed")]
    [InlineData("product:{", "'{' at position 9 that is not closed")]
    [InlineData("product:{Id:{Slug}", "'{' at position 9 that is not closed")]
    [InlineData("product:Id}", "'}' at position 11 without a '{'")]
    [InlineData("{Id}}", "'}' at position 5 without a '{'")]
    [InlineData("product:{}", "empty placeholder at position 9")]
    [InlineData("product:{ }", "empty placeholder at position 9")]
    [InlineData("product:\n{Id}", "control character at position 9")]
    public void An_invalid_template_is_rejected_with_the_position_and_the_reason(string text, string reason)
    {
        var parsed = PurgeTemplate.TryParse(text, out var template, out var error);

        Assert.False(parsed);
        Assert.Null(template);
        Assert.Contains(reason, error, StringComparison.Ordinal);
        Assert.Contains(error!, Assert.Throws<FormatException>(() => PurgeTemplate.Parse(text)).Message, StringComparison.Ordinal);
    }
}
