using LastMile.Events.Redis;
using LastMile.Events.RegionAgent.Ledger;
using Xunit;

namespace RegionAgent.Tests;

public sealed class UnprovenRangesTests
{
    private readonly UnprovenRanges unproven = new();

    [Fact]
    public void A_range_excludes_its_start_and_includes_its_end()
    {
        unproven.Add(At(3));
        Assert.True(unproven.Contains(At(1_000_000)));

        unproven.Close(At(5));

        Assert.Equal([false, true, true, false], new long[] { 3, 4, 5, 6 }.Select(sequence => unproven.Contains(At(sequence))));
    }

    [Fact]
    public void An_open_range_extends_to_an_earlier_start()
    {
        unproven.Add(At(3));
        unproven.Add(At(1));
        unproven.Add(At(7));

        Assert.Equal(At(1), unproven.Begin);
        unproven.Close(At(8));
        Assert.True(unproven.Contains(At(2)));
    }

    [Fact]
    public void A_range_is_pending_until_every_expected_batch_in_it_is_applied()
    {
        unproven.Add(At(3));

        Assert.False(unproven.HavePending(applied: At(3), expected: At(3)));
        Assert.True(unproven.HavePending(applied: At(3), expected: At(4)));
        Assert.False(unproven.HavePending(applied: At(4), expected: At(4)));
        unproven.Close(At(6));
        Assert.True(unproven.HavePending(applied: At(5), expected: At(9)));
        Assert.False(unproven.HavePending(applied: At(6), expected: At(9)));
    }

    [Fact]
    public void Applied_ranges_are_removed_except_an_open_one()
    {
        unproven.Add(At(1));
        unproven.Close(At(2));
        unproven.Add(At(3));

        unproven.RemoveApplied(At(9));

        Assert.Equal(At(3), unproven.Begin);
    }

    [Fact]
    public void Too_many_ranges_merge_into_one()
    {
        for (var n = 0; n <= UnprovenRanges.MaxRanges; n++)
        {
            unproven.Add(At((10 * n) + 1));
            unproven.Close(At((10 * n) + 2));
        }

        Assert.True(unproven.Contains(At(5)));
        unproven.RemoveApplied(At((10 * UnprovenRanges.MaxRanges) + 2));
        Assert.False(unproven.Any);
    }

    private static Watermark At(long sequence) => new(1, sequence);
}
