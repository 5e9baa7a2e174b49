using LastMile.Events.Redis;
using LastMile.Events.RegionAgent.Repair;
using Xunit;

namespace RegionAgent.Tests;

public sealed class DoubtsTests
{
    private readonly Doubts doubts = new();

    [Fact]
    public void A_stretch_holds_what_follows_its_beginning_up_to_its_end()
    {
        doubts.Add(At(3));
        Assert.True(doubts.Hold(At(1_000_000)));

        doubts.Close(At(5));

        Assert.Equal([false, true, true, false], new long[] { 3, 4, 5, 6 }.Select(sequence => doubts.Hold(At(sequence))));
    }

    [Fact]
    public void An_open_stretch_takes_in_an_earlier_beginning()
    {
        doubts.Add(At(3));
        doubts.Add(At(1));
        doubts.Add(At(7));

        Assert.Equal(At(1), doubts.Begin);
        doubts.Close(At(8));
        Assert.True(doubts.Hold(At(2)));
    }

    [Fact]
    public void A_stretch_is_owed_until_all_that_is_known_of_it_is_done()
    {
        doubts.Add(At(3));

        Assert.False(doubts.AreOwed(applied: At(3), owed: At(3)));
        Assert.True(doubts.AreOwed(applied: At(3), owed: At(4)));
        Assert.False(doubts.AreOwed(applied: At(4), owed: At(4)));
        doubts.Close(At(6));
        Assert.True(doubts.AreOwed(applied: At(5), owed: At(9)));
        Assert.False(doubts.AreOwed(applied: At(6), owed: At(9)));
    }

    [Fact]
    public void Stretches_that_are_done_are_forgotten_except_an_open_one()
    {
        doubts.Add(At(1));
        doubts.Close(At(2));
        doubts.Add(At(3));

        doubts.Forget(At(9));

        Assert.Equal(At(3), doubts.Begin);
    }

    [Fact]
    public void Too_many_stretches_become_one()
    {
        for (var n = 0; n <= Doubts.MostStretches; n++)
        {
            doubts.Add(At((10 * n) + 1));
            doubts.Close(At((10 * n) + 2));
        }

        Assert.True(doubts.Hold(At(5)));
        doubts.Forget(At((10 * Doubts.MostStretches) + 2));
        Assert.False(doubts.Any);
    }

    private static Watermark At(long sequence) => new(1, sequence);
}
