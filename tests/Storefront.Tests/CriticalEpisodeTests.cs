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
    public void An_answer_reports_an_episode_that_began_before_the_start()
    {
        episode.Reported(Reported(Alert(First, Critical)));
        Assert.False(trust.Trusted);

        episode.Recovered(End(First));
        Assert.True(trust.Trusted);
    }

    [Fact]
    public void A_warning_in_an_answer_keeps_the_cache_trusted()
    {
        episode.Reported(Reported(Alert(First, Warning)));
        Assert.True(trust.Trusted);

        episode.Detected(Alert(First, Critical));
        Assert.False(trust.Trusted);
    }

    [Fact]
    public void A_recent_alert_outranks_an_answer()
    {
        episode.Detected(Alert(Second, Critical));
        episode.Reported(Reported(null));
        Assert.False(trust.Trusted);

        episode.Recovered(End(Second));
        episode.Reported(Reported(Alert(Second, Critical)));
        Assert.True(trust.Trusted);
    }

    [Fact]
    public void An_answer_never_reopens_an_ended_episode()
    {
        episode.Recovered(End(First));
        time.Advance(TimeSpan.FromMinutes(1));

        episode.Reported(Reported(Alert(First, Critical)));

        Assert.True(trust.Trusted);
    }

    [Fact]
    public void An_answer_replaces_a_missed_recovery()
    {
        episode.Detected(Alert(First, Critical));
        time.Advance(TimeSpan.FromSeconds(10));

        episode.Reported(Reported(null));

        Assert.True(trust.Trusted);
    }

    [Fact]
    public void A_duplicate_alert_counts_once()
    {
        episode.Detected(Alert(First, Critical));
        episode.Detected(Alert(First, Warning));
        Assert.False(trust.Trusted);

        episode.Recovered(End(First));
        episode.Detected(Alert(First, Critical));
        Assert.True(trust.Trusted);
    }

    [Fact]
    public void The_recovery_of_an_episode_with_a_smaller_or_greater_id_does_not_end_the_open_one()
    {
        episode.Detected(Alert(Second, Critical));

        episode.Recovered(End(First));
        episode.Recovered(End(Third));

        Assert.False(trust.Trusted);
    }

    [Fact]
    public void A_later_episode_replaces_one_whose_recovery_was_missed()
    {
        episode.Detected(Alert(First, Critical));

        episode.Detected(Alert(Second, Warning));

        Assert.True(trust.Trusted);
    }

    private static ReplicaLagDetected Alert(Guid episode, LagSeverity severity) =>
        new(episode, "ams", severity, 3, 1_500, null, LinkState.Down, default, default);

    private static ReplicaLagRecovered End(Guid episode) => new(episode, "ams", Critical, 100, 50, 3, default);

    private static RegionEpisodeReported Reported(ReplicaLagDetected? open) => new("ams", open, open is null ? 0 : 5_000);
}
