using LastMile.Events.Redis;
using LastMile.Events.RegionAgent.Ledger;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace RegionAgent.Tests;

public sealed class SkippedSequencesTests
{
    private readonly FakeTimeProvider time = new();
    private readonly SkippedSequences skipped;

    public SkippedSequencesTests() => skipped = new SkippedSequences(time);

    [Fact]
    public void A_gap_is_due_after_growing_times_for_a_minute()
    {
        skipped.Add(new Gap(new Watermark(1, 3), new Watermark(1, 5)), [Batches.Of(1, 5)]);
        var due = new List<int>();
        for (var second = 1; second <= 130; second++)
        {
            time.Advance(TimeSpan.FromSeconds(1));
            if (skipped.Due().Count > 0)
                due.Add(second);
        }

        Assert.Equal([1, 2, 4, 8, 16, 32], due);
    }

    [Fact]
    public void A_gap_whose_sequences_are_all_logged_is_not_due()
    {
        skipped.Add(new Gap(new Watermark(1, 3), new Watermark(1, 5)), [Batches.Of(1, 4), Batches.Of(1, 5)]);
        time.Advance(TimeSpan.FromSeconds(1));

        Assert.Empty(skipped.Due());
    }

    [Fact]
    public void Only_batches_of_the_gap_that_were_not_known_are_new_once()
    {
        var (known, late, later) = (Batches.Of(1, 5), Batches.Of(1, 4), Batches.Of(1, 6));
        skipped.Add(new Gap(new Watermark(1, 3), new Watermark(1, 5)), [known]);
        time.Advance(TimeSpan.FromSeconds(1));
        var gap = Assert.Single(skipped.Due());

        Assert.Equal([late], gap.TakeNew([late, known, later]));
        Assert.Empty(gap.TakeNew([late, known, later]));
    }

    [Fact]
    public void The_memory_is_bounded()
    {
        for (var n = 0; n < 2 * SkippedSequences.Capacity; n++)
            skipped.Add(new Gap(new Watermark(1, 10 * n), new Watermark(1, (10 * n) + 2)), []);
        time.Advance(TimeSpan.FromSeconds(1));

        Assert.Equal(SkippedSequences.Capacity, skipped.Due().Count);
    }
}
