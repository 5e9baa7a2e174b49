using LastMile.Events.Bench.Results.Tables;
using Xunit;

namespace Bench.Tests;

public sealed class FigureTests
{
    [Theory]
    [InlineData(0, "0")]
    [InlineData(0.0042, "0.00420")]
    [InlineData(0.13, "0.130")]
    [InlineData(1.7, "1.70")]
    [InlineData(12.44, "12.4")]
    [InlineData(123.4, "123")]
    [InlineData(7235.4, "7,235")]
    [InlineData(1_234_567, "1,234,567")]
    [InlineData(-0.5, "-0.500")]
    [InlineData(double.NaN, "–")]
    [InlineData(double.PositiveInfinity, "–")]
    public void A_figure_has_three_significant_digits(double value, string text)
    {
        Assert.Equal(text, Figure.Of(value));
    }
}
