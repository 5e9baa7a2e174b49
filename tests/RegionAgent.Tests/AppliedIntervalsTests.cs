using LastMile.Events.Redis;
using LastMile.Events.RegionAgent.Ledger;
using Xunit;

namespace RegionAgent.Tests;

public sealed class AppliedIntervalsTests
{
    private readonly AppliedIntervals intervals = new();

    /// <summary>
    /// Each row: steps (<c>b</c> begin, <c>k</c> known, <c>d</c> done, <c>c</c> closed); the newest expected watermark; then the
    /// resulting applied watermark and first gap.
    /// </summary>
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
    public void Applied_ends_before_the_first_unknown_or_pending_batch_and_the_first_gap_is_returned(
        string steps, string expected, string applied, string? gap)
    {
        foreach (var step in steps.Split(' '))
            Take(step[0], step[1..].Split("..").Select(Parse).ToArray());

        Assert.Equal(Parse(applied), intervals.Applied);
        Assert.Equal(gap, intervals.FirstGap(Parse(expected)) is { } found ? $"{found.After}..{found.UpTo}" : null);
    }

    [Fact]
    public void Batches_in_order_and_closed_gaps_take_no_memory()
    {
        intervals.Begin(new Watermark(1, 0));
        for (var sequence = 1; sequence <= 100; sequence++)
        {
            intervals.Add(new Watermark(1, sequence));
            intervals.Done(new Watermark(1, sequence));
        }

        Assert.Equal((new Watermark(1, 100), 0), (intervals.Applied, intervals.Count));
        for (var sequence = 102; sequence <= 200; sequence += 2)
        {
            intervals.Add(new Watermark(1, sequence));
            intervals.Done(new Watermark(1, sequence));
        }

        Assert.Equal((new Watermark(1, 100), 50), (intervals.Applied, intervals.Count));
        intervals.Close(new Watermark(1, 100), new Watermark(1, 200));

        Assert.Equal((new Watermark(1, 200), 0), (intervals.Applied, intervals.Count));
    }

    [Fact]
    public void Clear_discards_everything()
    {
        intervals.Begin(new Watermark(1, 5));
        intervals.Add(new Watermark(1, 9));

        intervals.Clear();

        Assert.Equal((default, 0), (intervals.Applied, intervals.Count));
    }

    private static Watermark Parse(string text) =>
        Watermark.TryParse(text, out var watermark) ? watermark : throw new FormatException(text);

    private void Take(char step, Watermark[] places)
    {
        switch (step)
        {
            case 'b': intervals.Begin(places[0]); break;
            case 'k': intervals.Add(places[0]); break;
            case 'd': intervals.Done(places[0]); break;
            default: intervals.Close(places[0], places[1]); break;
        }
    }
}
