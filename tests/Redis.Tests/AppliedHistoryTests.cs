using LastMile.Events.Redis;
using Xunit;

namespace Redis.Tests;

/// <summary>All tests use a lifetime of 24 hours, so the interval between two samples is one hour.</summary>
public sealed class AppliedHistoryTests
{
    private static readonly TimeSpan Lifetime = TimeSpan.FromHours(24);
    private static readonly DateTimeOffset Noon = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public void A_watermark_is_old_after_the_lifetime_and_two_intervals()
    {
        var history = Hourly(from: 0, to: 25);

        Assert.Equal(default, history.OlderThan(Noon.AddHours(26).AddSeconds(-1), Lifetime));
        Assert.Equal(new Watermark(1, 1), history.OlderThan(Noon.AddHours(26), Lifetime));
    }

    [Fact]
    public void The_newest_old_watermark_is_returned()
    {
        var history = Hourly(from: 0, to: 40);

        Assert.Equal(new Watermark(1, 15), history.OlderThan(Noon.AddHours(40), Lifetime));
    }

    [Fact]
    public void A_watermark_stays_applied_when_a_region_falls_back()
    {
        var history = AppliedHistory.Parse("")
            .With(Noon, new Watermark(2, 1))
            .With(Noon.AddHours(1), new Watermark(1, 900))
            .With(Noon.AddHours(2), default);

        for (var hour = 3; hour <= 28; hour++)
            history = history.With(Noon.AddHours(hour), default);

        Assert.Equal(new Watermark(2, 1), history.OlderThan(Noon.AddHours(28), Lifetime));
    }

    [Fact]
    public void Nothing_becomes_old_without_regions()
    {
        var history = AppliedHistory.Parse("");
        for (var hour = 0; hour <= 40; hour++)
            history = history.With(Noon.AddHours(hour), default);

        Assert.Equal(default, history.OlderThan(Noon.AddHours(40), Lifetime));
    }

    [Fact]
    public void A_sample_is_due_after_an_interval()
    {
        Assert.True(AppliedHistory.Parse("").IsDue(Noon, Lifetime));
        Assert.False(Hourly(0, 0).IsDue(Noon.AddMinutes(59), Lifetime));
        Assert.True(Hourly(0, 0).IsDue(Noon.AddMinutes(60), Lifetime));
    }

    [Fact]
    public void Only_the_last_fifty_of_a_thousand_samples_are_kept()
    {
        var history = Hourly(0, 1_000);

        Assert.Equal(50, history.Count);
        Assert.InRange(history.ToString().Length, 50, 1_500);
        Assert.Equal(new Watermark(1, 975), history.OlderThan(Noon.AddHours(1_000), Lifetime));
    }

    [Fact]
    public void A_history_survives_a_round_trip_through_its_text()
    {
        var history = Hourly(0, 20).With(Noon.AddHours(21), default).With(Noon.AddHours(22), new Watermark(2, 0));
        var read = AppliedHistory.Parse(history.ToString());

        Assert.Equal(history.ToString(), read.ToString());
        Assert.Equal(new Watermark(1, 1), Continued(read, 23, 26).OlderThan(Noon.AddHours(26), Lifetime));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("rubbish")]
    [InlineData("1772366400000")]
    [InlineData("1772366400000:1-1 -5:1-2")]
    [InlineData("99999999999999999999:1-1")]
    [InlineData("999999999999999999:1-1")]
    public void Malformed_text_returns_an_empty_history(string? text) => Assert.Equal(0, AppliedHistory.Parse(text).Count);

    [Fact]
    public void A_clock_that_jumps_ahead_makes_nothing_old()
    {
        var before = Hourly(0, 5);
        var jumped = Noon.AddDays(3_650);

        Assert.Equal(default, before.OlderThan(jumped, Lifetime));
        Assert.Equal(default, before.With(jumped, new Watermark(1, 7)).OlderThan(jumped.AddHours(1), Lifetime));
    }

    [Fact]
    public void A_temporarily_wrong_clock_causes_no_long_delay()
    {
        var jumped = Hourly(0, 5).With(Noon.AddDays(3_650), new Watermark(1, 7));

        Assert.True(jumped.IsDue(Noon.AddHours(6), Lifetime));
        var history = Continued(jumped, 6, 26);

        Assert.Equal(new Watermark(1, 1), history.OlderThan(Noon.AddHours(26), Lifetime));
    }

    [Fact]
    public void A_gap_without_a_collector_counts_as_two_intervals()
    {
        var history = Hourly(0, 0).With(Noon.AddDays(30), new Watermark(1, 2));

        Assert.Equal(default, history.OlderThan(Noon.AddDays(30), Lifetime));
        for (var hour = 1; hour <= 24; hour++)
            history = history.With(Noon.AddDays(30).AddHours(hour), new Watermark(1, 3));

        Assert.Equal(new Watermark(1, 1), history.OlderThan(Noon.AddDays(30).AddHours(24), Lifetime));
    }

    // One sample per hour, each with the next sequence.
    private static AppliedHistory Hourly(int from, int to) => Continued(AppliedHistory.Parse(""), from, to);

    private static AppliedHistory Continued(AppliedHistory history, int from, int to)
    {
        for (var hour = from; hour <= to; hour++)
            history = history.With(Noon.AddHours(hour), new Watermark(1, hour + 1));
        return history;
    }
}
