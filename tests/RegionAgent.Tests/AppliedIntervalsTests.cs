using LastMile.Events.Redis;
using LastMile.Events.RegionAgent.Repair;
using Xunit;

namespace RegionAgent.Tests;

public sealed class AppliedIntervalsTests
{
    private readonly AppliedIntervals coverage = new();

    /// <summary>Steps: <c>b</c> begin, <c>k</c> known, <c>d</c> done, <c>c</c> closed from … to; then what is applied, and the first gap up to what is owed.</summary>
    [Theory]
    [InlineData("b1-5", "1-5", "1-5", null)]
    [InlineData("b1-5", "1-8", "1-5", "1-5..1-8")]
    [InlineData("b1-5 k1-6 d1-6", "1-6", "1-6", null)]
    [InlineData("b1-5 k1-6", "1-6", "1-5", null)]
    [InlineData("b1-5 k1-7 d1-7", "1-7", "1-5", "1-5..1-6")]
    [InlineData("b1-5 k1-7 d1-7 k1-6 d1-6", "1-7", "1-7", null)]
    [InlineData("b1-5 k1-7 k1-6 d1-7", "1-7", "1-5", null)]
    [InlineData("b1-5 k1-6 k1-9", "1-9", "1-5", "1-6..1-8")]
    [InlineData("b1-5 k1-6 k1-6 d1-6 k1-6", "1-6", "1-6", null)]
    [InlineData("b1-5 k1-3 d1-3", "1-5", "1-5", null)]
    [InlineData("b1-5 d1-6", "1-6", "1-5", "1-5..1-6")]
    [InlineData("b1-5 k1-7 d1-7 c1-5..1-6", "1-7", "1-7", null)]
    [InlineData("b1-5 k1-7 c1-5..1-6", "1-7", "1-6", null)]
    [InlineData("b1-5 k1-7 c1-5..1-6 d1-7", "1-7", "1-7", null)]
    [InlineData("b1-5 c1-5..1-9", "1-9", "1-9", null)]
    [InlineData("b1-5 k1-7 d1-7 c1-5..1-9", "1-9", "1-9", null)]
    [InlineData("b1-5 k1-9 d1-9 c1-5..1-7", "1-9", "1-7", "1-7..1-8")]
    [InlineData("b1-5 k2-1 d2-1", "2-1", "1-5", "1-5..2-0")]
    [InlineData("b1-5 k2-1 d2-1 c1-5..2-0", "2-1", "2-1", null)]
    [InlineData("b1-5 k1-6 k2-1 c1-6..2-0 d2-1", "2-1", "1-5", null)]
    [InlineData("b1-5 k1-6 k2-1 c1-6..2-0 d2-1 d1-6", "2-1", "2-1", null)]
    [InlineData("b1-5", "2-0", "1-5", "1-5..2-0")]
    [InlineData("b1-5 c1-5..2-0", "2-0", "2-0", null)]
    [InlineData("k1-6 k1-7 d1-7 d1-6 b1-5", "1-7", "1-7", null)]
    [InlineData("b1-9 k1-10 b1-5", "1-10", "1-5", "1-5..1-9")]
    [InlineData("b1-5 k1-7 d1-7 b1-6", "1-7", "1-7", null)]
    [InlineData("b1-5 k1-9 d1-9 c1-7..1-8 k1-8", "1-9", "1-5", "1-5..1-7")]
    public void What_is_known_and_done_without_a_break_is_applied_and_the_first_break_is_told(string steps, string owed, string applied, string? gap)
    {
        foreach (var step in steps.Split(' '))
            Take(step[0], step[1..].Split("..").Select(Parse).ToArray());

        Assert.Equal(Parse(applied), coverage.Applied);
        Assert.Equal(gap, coverage.FirstGap(Parse(owed)) is { } found ? $"{found.After}..{found.UpTo}" : null);
    }

    [Fact]
    public void What_comes_in_order_takes_no_memory_and_what_was_closed_takes_none_either()
    {
        coverage.Begin(new Watermark(1, 0));
        for (var sequence = 1; sequence <= 100; sequence++)
        {
            coverage.Add(new Watermark(1, sequence));
            coverage.Done(new Watermark(1, sequence));
        }

        Assert.Equal((new Watermark(1, 100), 0), (coverage.Applied, coverage.Count));
        for (var sequence = 102; sequence <= 200; sequence += 2)
        {
            coverage.Add(new Watermark(1, sequence));
            coverage.Done(new Watermark(1, sequence));
        }

        Assert.Equal((new Watermark(1, 100), 50), (coverage.Applied, coverage.Count));
        coverage.Close(new Watermark(1, 100), new Watermark(1, 200));

        Assert.Equal((new Watermark(1, 200), 0), (coverage.Applied, coverage.Count));
    }

    [Fact]
    public void Cleared_it_knows_nothing()
    {
        coverage.Begin(new Watermark(1, 5));
        coverage.Add(new Watermark(1, 9));

        coverage.Clear();

        Assert.Equal((default, 0), (coverage.Applied, coverage.Count));
    }

    private static Watermark Parse(string text) => Watermark.TryParse(text, out var watermark) ? watermark : throw new FormatException(text);

    private void Take(char step, Watermark[] places)
    {
        switch (step)
        {
            case 'b': coverage.Begin(places[0]); break;
            case 'k': coverage.Add(places[0]); break;
            case 'd': coverage.Done(places[0]); break;
            default: coverage.Close(places[0], places[1]); break;
        }
    }
}
