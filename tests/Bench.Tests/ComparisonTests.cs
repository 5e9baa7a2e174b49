using LastMile.Events.Bench.Results;
using LastMile.Events.Bench.Running;
using Xunit;

namespace Bench.Tests;

public sealed class ComparisonTests
{
    [Fact]
    public async Task Contenders_take_turns_and_are_compared_within_each_round()
    {
        List<string> turns = [];
        var bare = new Queue<double>([1, 100, 200, 400]);
        var other = new Queue<double>([1, 50, 150, 100]);

        var comparison = await Comparison.MeasureAsync("work", "unit", ["bare", "other"], new Rounds(4, TimeSpan.Zero), contender =>
        {
            turns.Add(contender);
            return Task.FromResult((contender == "bare" ? bare : other).Dequeue());
        });

        Assert.Equal("bare other bare other bare other bare other", string.Join(' ', turns));
        var result = comparison.Contenders[1];
        // The first round is a warm-up. The ratios are 0.5, 0.75, and 0.25. The ratio of the medians would also be 0.5, that of the means
        // 0.43.
        Assert.Equal((100, 0.5, 0.25, 0.75), (result.Median, result.Ratio, result.LowestRatio, result.HighestRatio));
        Assert.Equal([50, 150, 100], result.Samples);
        Assert.Equal((200, 1.0), (comparison.Contenders[0].Median, comparison.Contenders[0].Ratio));
    }

    [Fact]
    public async Task A_turn_with_several_quantities_produces_one_comparison_for_each()
    {
        var comparisons = await Comparison.MeasureAsync(
            [new("bytes", "bytes"), new("time", "ms")],
            ["bare", "other"],
            new Rounds(2, TimeSpan.Zero),
            contender => Task.FromResult<IReadOnlyList<double>>(contender == "bare" ? [10, 4] : [20, 1]));

        Assert.Equal(["bytes", "time"], comparisons.Select(comparison => comparison.Work));
        Assert.Equal((20, 2.0), (comparisons[0].Of("other").Median, comparisons[0].Of("other").Ratio));
        Assert.Equal((1, 0.25), (comparisons[1].Of("other").Median, comparisons[1].Of("other").Ratio));
    }
}
