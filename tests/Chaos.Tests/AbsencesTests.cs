using LastMile.Events.Chaos.Faults;
using LastMile.Events.Chaos.Oracle;
using LastMile.Events.Chaos.Plan;
using LastMile.Events.Chaos.Report;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Chaos.Tests;

public sealed class AbsencesTests
{
    private readonly FakeTimeProvider time = new();
    private readonly Absences absences;
    private readonly long begun;

    public AbsencesTests()
    {
        absences = new Absences(time);
        begun = time.GetTimestamp();
    }

    [Theory]
    [InlineData("agent killed", "ams", "agent away")]
    [InlineData("link cut", "ams", "agent away")]
    [InlineData("PostgreSQL killed", "system", "no purge possible")]
    public void The_time_of_an_absence_and_of_its_recovery_is_excused(string kind, string target, string excuse)
    {
        Break(kind, target, seconds: 10);
        time.Advance(TimeSpan.FromSeconds(10));

        Assert.Equal((TimeSpan.FromSeconds(7), excuse), Judge());
    }

    [Theory]
    [InlineData("agent killed", "syd")]
    [InlineData("RabbitMQ killed", "system")]
    [InlineData("purge log unreachable", "system")]
    [InlineData("region's Redis emptied", "ams")]
    public void A_fault_that_another_way_of_purges_survives_excuses_nothing(string kind, string target)
    {
        Break(kind, target, seconds: 10);

        Assert.Equal((TimeSpan.FromSeconds(10), null), Judge());
    }

    [Fact]
    public void Only_the_time_when_the_bus_and_the_API_are_both_away_is_excused()
    {
        var mendBus = absences.Begin(Fault("RabbitMQ killed", "system"));
        time.Advance(TimeSpan.FromSeconds(4));
        var mendLog = absences.Begin(Fault("purge log unreachable", "system"));
        time.Advance(TimeSpan.FromSeconds(5));
        mendBus();
        time.Advance(TimeSpan.FromSeconds(11));
        mendLog();

        // From 4 s to 9 s, and the recovery.
        Assert.Equal((TimeSpan.FromSeconds(12), "bus and API away"), Judge());
    }

    [Fact]
    public void Overlapping_absences_are_counted_once_and_a_fault_that_is_not_mended_lasts()
    {
        absences.Begin(Fault("agent killed", "ams"));
        Break("PostgreSQL killed", "system", seconds: 10);

        Assert.Equal((TimeSpan.Zero, "agent away, no purge possible"), Judge());
    }

    [Theory]
    [InlineData(95, 3.0, 0)]
    [InlineData(94, 3.0, 1)]
    [InlineData(94, 3.1, 2)]
    public void A_region_that_is_too_slow_or_stale_for_too_long_misses_a_target(int withinSecond, double unexcused, int missed)
    {
        var times = new PurgeTimes(100, withinSecond, 100, 100, TimeSpan.FromSeconds(30))
        {
            LongestUnexcused = TimeSpan.FromSeconds(unexcused),
        };

        Assert.Equal(missed, IndependentTargets.Missed("ams", times).Count());
    }

    [Fact]
    public void The_share_without_excused_times_counts_a_purge_whose_unexcused_time_is_short()
    {
        var times = PurgeTimes.None
            .With(TimeSpan.FromSeconds(0.1), TimeSpan.FromSeconds(0.1), null)
            .With(TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(1), "agent away")
            .With(TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(1.1), "agent away");

        Assert.Equal((3, 1, 2), (times.Purges, times.WithinSecond, times.UnexcusedWithinSecond));
    }

    private void Break(string kind, string target, double seconds)
    {
        var mend = absences.Begin(Fault(kind, target));
        time.Advance(TimeSpan.FromSeconds(seconds));
        mend();
    }

    private static PlannedFault Fault(string kind, string target) =>
        new(FaultCatalog.OfAnyTopology.Single(known => known.Name == kind), target, TimeSpan.Zero, TimeSpan.Zero);

    // An entry of ams that is stale from the start until now.
    private (TimeSpan Unexcused, string? Excuse) Judge() => absences.Judge("ams", new StaleSpan(begun, time.GetTimestamp()));
}
