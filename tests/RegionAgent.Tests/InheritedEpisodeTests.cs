using LastMile.Events.Messages;
using LastMile.Events.RegionAgent.Alerts;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace RegionAgent.Tests;

public sealed class InheritedEpisodeTests
{
    private readonly FakeTimeProvider time = new();
    private readonly InheritedEpisode left;

    public InheritedEpisodeTests()
    {
        left = new InheritedEpisode(time);
        left.Begin();
    }

    [Fact]
    public void What_another_agent_has_left_open_is_taken_once()
    {
        var told = Told(Guid.NewGuid());
        left.Answer(told);

        Assert.Same(told, left.Take(null));
        Assert.Null(left.Take(null));
    }

    [Fact]
    public void It_is_taken_when_none_of_its_own_is_open_any_more()
    {
        var told = Told(Guid.NewGuid());
        Assert.Null(left.Take(Guid.NewGuid()));
        left.Answer(told);
        Assert.Null(left.Take(Guid.NewGuid()));

        Assert.Same(told, left.Take(null));
    }

    [Fact]
    public void An_answer_that_tells_of_its_own_is_none_however_late_it_comes()
    {
        var (first, second) = (Guid.NewGuid(), Guid.NewGuid());
        left.Take(first);
        left.Take(null);
        left.Take(second);
        left.Answer(Told(first));

        Assert.Null(left.Take(second));
        Assert.Null(left.Take(null));
    }

    [Fact]
    public void An_own_episode_that_begins_before_the_answer_is_looked_at_counts()
    {
        var own = Guid.NewGuid();
        left.Answer(Told(own));
        Assert.Null(left.Take(own));

        Assert.Null(left.Take(null));
    }

    [Fact]
    public void None_is_left_where_none_is_open()
    {
        left.Answer(Told(null));

        Assert.Null(left.Take(null));
        Assert.False(left.IsAwaited);
    }

    [Fact]
    public void An_answer_is_waited_for_five_seconds_and_again_from_each_begin()
    {
        Assert.True(left.IsAwaited);
        time.Advance(TimeSpan.FromSeconds(5));
        Assert.False(left.IsAwaited);

        left.Begin();
        Assert.True(left.IsAwaited);
        left.Answer(Told(null));
        Assert.False(left.IsAwaited);
    }

    [Fact]
    public void What_was_its_own_before_it_stood_by_may_be_another_ones_now()
    {
        var episode = Guid.NewGuid();
        left.Take(episode);
        left.Begin();
        left.Answer(Told(episode));

        Assert.NotNull(left.Take(null));
    }

    private static RegionEpisodeReported Told(Guid? episode) => new(
        "ams",
        episode is { } open ? new ReplicaLagDetected(open, "ams", LagSeverity.Warning, 1, 500, null, LinkState.Up, default, default) : null,
        episode is null ? 0 : 1_000);
}
