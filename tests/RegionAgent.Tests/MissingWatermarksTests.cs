using CsCheck;
using LastMile.Events.Redis;
using LastMile.Events.RegionAgent.Ledger;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace RegionAgent.Tests;

public sealed class MissingWatermarksTests
{
    private static readonly TimeSpan Late = TimeSpan.FromMilliseconds(500);

    private readonly FakeTimeProvider time = new();
    private readonly MissingWatermarks missing;

    public MissingWatermarksTests() => missing = new MissingWatermarks(time);

    [Fact]
    public void Lag_is_the_age_of_the_oldest_missing_watermark()
    {
        Expect(1, 1);
        Wait(100);
        Expect(1, 2);
        Wait(100);
        Expect(1, 3);

        Assert.Equal((200, 3), LagAndBehind(default));
        Assert.Equal((100, 2), LagAndBehind(new Watermark(1, 1)));
        Assert.Equal((0, 0), LagAndBehind(new Watermark(1, 3)));
    }

    [Fact]
    public void A_region_ahead_of_the_bus_is_not_behind()
    {
        Expect(1, 5);
        Wait(1_000);

        Assert.Equal((0, 0), LagAndBehind(new Watermark(1, 9)));
    }

    [Fact]
    public void Duplicate_and_out_of_order_messages_change_nothing()
    {
        Expect(1, 3);
        Wait(100);
        Expect(1, 2);
        Expect(1, 3);
        Expect(1, 1);

        Assert.Equal((100, 1), LagAndBehind(new Watermark(1, 2)));
        Assert.Equal((0, 0), LagAndBehind(new Watermark(1, 3)));
    }

    [Fact]
    public void All_batches_of_a_new_epoch_are_missing()
    {
        Expect(1, 100);
        LagAndBehind(new Watermark(1, 100));

        Expect(2, 4);
        Wait(50);

        Assert.Equal((50, 4), LagAndBehind(new Watermark(1, 100)));
        Assert.Equal((0, 0), LagAndBehind(new Watermark(2, 4)));
        Assert.Equal((0, 0), LagAndBehind(new Watermark(3, 0)));
    }

    [Fact]
    public void A_region_that_falls_back_is_behind_again()
    {
        Expect(1, 10);
        LagAndBehind(new Watermark(1, 10));

        LagAndBehind(new Watermark(1, 4));
        Wait(300);

        Assert.Equal((300, 6), LagAndBehind(new Watermark(1, 4)));
    }

    [Fact]
    public void An_emptied_region_is_not_behind()
    {
        Expect(1, 10);
        LagAndBehind(new Watermark(1, 10));
        Wait(300);

        Assert.Equal((0, 0), LagAndBehind(default));
    }

    [Fact]
    public void Message_age_is_measured_from_the_last_message_even_an_old_one()
    {
        Wait(1_000);
        Assert.Equal((false, TimeSpan.Zero), ReceivedAndAge());

        Expect(1, 2);
        Wait(1_000);
        Assert.Equal((true, TimeSpan.FromSeconds(1)), ReceivedAndAge());
        Expect(1, 1);
        Assert.Equal((true, TimeSpan.Zero), ReceivedAndAge());
        Wait(2_000);
        Assert.Equal((true, TimeSpan.FromSeconds(2)), ReceivedAndAge());

        (bool, TimeSpan) ReceivedAndAge()
        {
            var progress = missing.Settle(new Watermark(1, 2), Late);
            return (progress.Received, progress.MessageAge);
        }
    }

    [Fact]
    public void Each_late_batch_counts_once()
    {
        Expect(1, 10);
        Assert.Equal(0, missing.Settle(new Watermark(1, 10), Late).Late);

        Expect(1, 20);
        Wait(600);
        Expect(1, 25);

        Assert.Equal(4, missing.Settle(new Watermark(1, 14), Late).Late);
        Assert.Equal(0, missing.Settle(new Watermark(1, 14), Late).Late);
        Assert.Equal(6, missing.Settle(new Watermark(1, 25), Late).Late);
    }

    [Fact]
    public void Batches_before_the_first_message_are_not_late()
    {
        Expect(1, 1_000);
        Wait(600);

        Assert.Equal(1, missing.Settle(new Watermark(1, 1_000), Late).Late);
    }

    [Fact]
    public void An_hour_of_outage_fits_in_bounded_memory_with_nearly_exact_lag()
    {
        for (var sequence = 1; sequence <= 36_000; sequence++)
        {
            Expect(1, sequence);
            Wait(100);
        }

        Assert.Equal((3_600_000, 36_000), LagAndBehind(default));
        Assert.InRange(missing.Entries, 1, MissingWatermarks.Capacity);
        var half = missing.Settle(new Watermark(1, 18_000), Late);
        Assert.InRange(half.Lag.TotalSeconds, 1_800, 1_800 * 1.02);
        Assert.Equal(18_000, half.Behind);
    }

    [Fact]
    public void Lag_equals_that_of_a_simple_model_in_any_order()
    {
        Gen.Select(Gen.Bool, Gen.Long[1, 50], Gen.Int[0, 50]).List[0, 200].Sample(steps =>
        {
            var clock = new FakeTimeProvider();
            var tested = new MissingWatermarks(clock);
            var receivedAt = new Dictionary<long, DateTimeOffset>();
            long shown = 0;
            foreach (var (isMessage, sequence, milliseconds) in steps)
            {
                if (isMessage)
                {
                    tested.Expect(new Watermark(1, sequence));
                    receivedAt.TryAdd(sequence, clock.GetUtcNow());
                }
                else
                {
                    shown = Math.Max(shown, sequence);
                }

                clock.Advance(TimeSpan.FromMilliseconds(milliseconds));
                var late = receivedAt.Where(message => message.Key > shown).Select(message => message.Value).ToList();
                var lag = late.Count == 0 ? TimeSpan.Zero : clock.GetUtcNow() - late.Min();
                if (tested.Settle(shown == 0 ? default : new Watermark(1, shown), Late).Lag != lag)
                    return false;
            }

            return true;
        });
    }

    private void Expect(long epoch, long sequence) => missing.Expect(new Watermark(epoch, sequence));

    private void Wait(int milliseconds) => time.Advance(TimeSpan.FromMilliseconds(milliseconds));

    private (int Lag, long Behind) LagAndBehind(Watermark shown)
    {
        var progress = missing.Settle(shown, Late);
        return ((int)progress.Lag.TotalMilliseconds, progress.Behind);
    }
}
