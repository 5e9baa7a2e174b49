using LastMile.Events.Invalidator.Changes;
using Xunit;

namespace Invalidator.Tests;

public sealed class DatabaseEncodingTests
{
    [Theory]
    [InlineData("UTF8", "尺寸", true)]
    [InlineData("SQL_ASCII", "尺寸", true)]
    [InlineData(null, "尺寸", true)]
    [InlineData("LATIN1", "größe", true)]
    [InlineData("LATIN1", "10 €", false)]
    [InlineData("LATIN9", "10 €", true)]
    [InlineData("WIN1252", "10 €", true)]
    [InlineData("WIN1251", "размер", true)]
    [InlineData("KOI8R", "größe", false)]
    [InlineData("EUC_JP", "寸法", true)]
    [InlineData("EUC_JP", "größe", false)]
    [InlineData("MULE_INTERNAL", "a", true)]
    [InlineData("MULE_INTERNAL", "ä", false)]
    public void An_encoding_accepts_only_its_own_characters(string? name, string text, bool holds) =>
        Assert.Equal(holds, DatabaseEncoding.Of(name).Holds(text));

    [Fact]
    public void Each_unsupported_character_becomes_a_question_mark() =>
        Assert.Equal("größe ??", DatabaseEncoding.Of("LATIN1").Fit("größe 尺🙂"));
}
