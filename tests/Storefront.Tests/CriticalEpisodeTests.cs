using LastMile.Events.Messages;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Storefront.Alerts;
using Storefront.Cache;
using Xunit;
using static LastMile.Events.Messages.LagSeverity;

namespace Storefront.Tests;

public sealed class CriticalEpisodeTests
{
    private static readonly Guid First = Guid.CreateVersion7(DateTimeOffset.UnixEpoch);
    private static readonly Guid Second = Guid.CreateVersion7(DateTimeOffset.UnixEpoch.AddSeconds(1));
    private static readonly Guid Third = Guid.CreateVersion7(DateTimeOffset.UnixEpoch.AddSeconds(2));

    private readonly FakeTimeProvider time = new();
    private readonly RegionTrust trust = new(NullLogger<RegionTrust>.Instance);
    private readonly CriticalEpisode episode;

    public CriticalEpisodeTests() => episode = new CriticalEpisode(trust, time);

    [Fact]
    public void What_was_told_before_the_start_counts()
    {
        episode.Reported(Reported(Alert(First, Critical)));
        Assert.False(trust.Trusted);

        episode.Recovered(End(First));
        Assert.True(trust.Trusted);
    }

    [Fact]
    public void A_warning_that_was_told_is_no_reason_to_doubt()
    {
        episode.Reported(Reported(Alert(First, Warning)));
        Assert.True(trust.Trusted);

        episode.Detected(Alert(First, Critical));
        Assert.False(trust.Trusted);
    }

    [Fact]
    public void An_alert_that_is_heard_while_the_answer_is_on_its_way_is_newer()
    {
        episode.Detected(Alert(Second, Critical));
        episode.Reported(Reported(null));
        Assert.False(trust.Trusted);

        episode.Recovered(End(Second));
        episode.Reported(Reported(Alert(Second, Critical)));
        Assert.True(trust.Trusted);
    }

    [Fact]
    public void An_answer_of_an_episode_that_has_ended_is_old_however_late_it_comes()
    {
        episode.Recovered(End(First));
        time.Advance(TimeSpan.FromMinutes(1));

        episode.Reported(Reported(Alert(First, Critical)));

        Assert.True(trust.Trusted);
    }

    [Fact]
    public void A_recovery_that_was_missed_is_made_up_for_by_an_answer()
    {
        episode.Detected(Alert(First, Critical));
        time.Advance(TimeSpan.FromSeconds(10));

        episode.Reported(Reported(null));

        Assert.True(trust.Trusted);
    }

    [Fact]
    public void An_alert_that_comes_twice_counts_once()
    {
        episode.Detected(Alert(First, Critical));
        episode.Detected(Alert(First, Warning));
        Assert.False(trust.Trusted);

        episode.Recovered(End(First));
        episode.Detected(Alert(First, Critical));
        Assert.True(trust.Trusted);
    }

    [Fact]
    public void The_end_of_another_episode_does_not_end_one_whose_name_is_smaller_or_greater()
    {
        episode.Detected(Alert(Second, Critical));

        episode.Recovered(End(First));
        episode.Recovered(End(Third));

        Assert.False(trust.Trusted);
    }

    [Fact]
    public void A_later_episode_takes_the_place_of_one_whose_end_was_missed()
    {
        episode.Detected(Alert(First, Critical));

        episode.Detected(Alert(Second, Warning));

        Assert.True(trust.Trusted);
    }

    private static ReplicaLagDetected Alert(Guid episode, LagSeverity severity) => new(episode, "ams", severity, 3, 1_500, null, LinkState.Down, default, default);

    private static ReplicaLagRecovered End(Guid episode) => new(episode, "ams", Critical, 100, 50, 3, default);

    private static RegionEpisodeReported Reported(ReplicaLagDetected? open) => new("ams", open, open is null ? 0 : 5_000);
}
