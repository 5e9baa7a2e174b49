using LastMile.Events.Tool.Doctor.Checks;
using LastMile.Events.Tool.Doctor.Reading;
using Xunit;

namespace Tool.Tests.Doctor;

public sealed class ClockCheckTests
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    [Fact]
    public void A_server_with_a_wrong_clock_is_found() => Assert.Equal(
        "The clock of PostgreSQL is 90.0 s behind.", Assert.Single(Wrong(("this machine", 0), ("PostgreSQL", -90), ("Redis", 0.2))));

    [Fact]
    public void A_wrong_clock_of_this_machine_is_found_and_no_server_is_blamed() => Assert.Equal(
        "The clock of this machine is 30.0 s behind.", Assert.Single(Wrong(("this machine", 0), ("PostgreSQL", 30), ("Redis", 30.2))));

    [Fact]
    public void Differences_up_to_a_second_are_ignored() => Assert.Empty(Wrong(("this machine", 0), ("PostgreSQL", 0.9), ("Redis", 0)));

    [Fact]
    public void A_reading_within_the_request_counts_as_equal()
    {
        var before = DateTimeOffset.UnixEpoch;

        Assert.Equal(TimeSpan.Zero, Clock.Offset(before + Second, before, before + 2 * Second));
        Assert.Equal(Second, Clock.Offset(before + 3 * Second, before, before + 2 * Second));
        Assert.Equal(-Second, Clock.Offset(before - Second, before, before + 2 * Second));
    }

    private static IEnumerable<string> Wrong(params (string Part, double Seconds)[] clocks) => ClockChecks
        .Wrong([.. clocks.Select(clock => (clock.Part, TimeSpan.FromSeconds(clock.Seconds), Second))])
        .Select(finding => finding.Problem);
}
