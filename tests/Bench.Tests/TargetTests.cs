using LastMile.Events.Bench.Results;
using Xunit;

namespace Bench.Tests;

public sealed class TargetTests
{
    [Theory]
    [InlineData(1.99, nameof(Bound.AtMost), true)]
    [InlineData(2, nameof(Bound.AtMost), true)]
    [InlineData(2.01, nameof(Bound.AtMost), false)]
    [InlineData(1.99, nameof(Bound.AtLeast), false)]
    [InlineData(2, nameof(Bound.AtLeast), true)]
    [InlineData(2.01, nameof(Bound.AtLeast), true)]
    [InlineData(double.NaN, nameof(Bound.AtMost), false)]
    [InlineData(double.NaN, nameof(Bound.AtLeast), false)]
    public void A_target_is_met_on_its_side_of_the_limit_and_never_by_NaN(double measured, string bound, bool met)
    {
        Assert.Equal(met, new Target("any", measured, 2, Enum.Parse<Bound>(bound), "×").Met);
    }

    [Fact]
    public void A_target_shows_its_side()
    {
        Assert.Equal("≤ 100,000 keys/s", new Target("any", 1, 100_000, Bound.AtMost, "keys/s").LimitText());
        Assert.Equal("≥ 0.88 ×", new Target("any", 1, 0.88, Bound.AtLeast, "×").LimitText());
    }
}
