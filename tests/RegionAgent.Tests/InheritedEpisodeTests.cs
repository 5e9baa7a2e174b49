using LastMile.Events.Messages;
using LastMile.Events.RegionAgent.Alerts;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace RegionAgent.Tests;

public sealed class InheritedEpisodeTests
{
    private readonly FakeTimeProvider time = new();
    private readonly InheritedEpisode inherited;

    public InheritedEpisodeTests()
    {
        inherited = new InheritedEpisode(time);
        inherited.Begin();
    }

    [Fact]
    public void An_open_episode_of_another_agent_is_taken_once()
    {
        var answer = Reported(Guid.NewGuid());
        inherited.Answer(answer);

        Assert.Same(answer, inherited.Take(null));
        Assert.Null(inherited.Take(null));
    }

    [Fact]
    public void Earlier_episodes_without_an_end_are_taken_one_after_the_other()
    {
        var (newest, earlier, own) = (Reported(Guid.NewGuid()), Reported(Guid.NewGuid()), Guid.NewGuid());
        Assert.Null(inherited.Take(own));
        inherited.Answer(newest with { Earlier = [Reported(own), earlier] });

        Assert.Same(newest.Open, inherited.Take(null)?.Open);
        Assert.Null(inherited.Take(newest.Open!.Episode));
        Assert.Same(earlier, inherited.Take(null));
        Assert.Null(inherited.Take(null));
    }

    [Fact]
    public void The_episode_is_taken_after_the_agents_own_episode_has_ended()
    {
        var answer = Reported(Guid.NewGuid());
        Assert.Null(inherited.Take(Guid.NewGuid()));
        inherited.Answer(answer);
        Assert.Null(inherited.Take(Guid.NewGuid()));

        Assert.Same(answer, inherited.Take(null));
    }

    [Fact]
    public void A_late_answer_that_names_the_agents_own_episode_is_ignored()
    {
        var (first, second) = (Guid.NewGuid(), Guid.NewGuid());
        inherited.Take(first);
        inherited.Take(null);
        inherited.Take(second);
        inherited.Answer(Reported(first));

        Assert.Null(inherited.Take(second));
        Assert.Null(inherited.Take(null));
    }

    [Fact]
    public void The_agents_own_episode_is_not_inherited_if_it_begins_before_the_answer_is_used()
    {
        var own = Guid.NewGuid();
        inherited.Answer(Reported(own));
        Assert.Null(inherited.Take(own));

        Assert.Null(inherited.Take(null));
    }

    [Fact]
    public void A_repeated_answer_may_name_an_episode_of_another_agent_but_not_the_agents_own_earlier_one()
    {
        var (own, other) = (Guid.NewGuid(), Reported(Guid.NewGuid()));
        inherited.Answer(Reported(null));
        inherited.Take(own);
        inherited.Take(null);

        inherited.Answer(Reported(own) with { Earlier = [other] });

        Assert.Same(other, inherited.Take(null));
        Assert.Null(inherited.Take(null));
    }

    [Fact]
    public void No_episode_is_inherited_when_none_is_open()
    {
        inherited.Answer(Reported(null));

        Assert.Null(inherited.Take(null));
        Assert.False(inherited.IsAwaited);
    }

    [Fact]
    public void The_answer_is_awaited_for_five_seconds_after_each_begin()
    {
        Assert.True(inherited.IsAwaited);
        time.Advance(TimeSpan.FromSeconds(5));
        Assert.False(inherited.IsAwaited);

        inherited.Begin();
        Assert.True(inherited.IsAwaited);
        inherited.Answer(Reported(null));
        Assert.False(inherited.IsAwaited);
    }

    [Fact]
    public void The_agents_own_episode_from_before_its_standby_can_be_inherited()
    {
        var episode = Guid.NewGuid();
        inherited.Take(episode);
        inherited.Begin();
        inherited.Answer(Reported(episode));

        Assert.NotNull(inherited.Take(null));
    }

    private static RegionEpisodeReported Reported(Guid? episode) => new(
        "ams",
        episode is { } open ? new ReplicaLagDetected(open, "ams", LagSeverity.Warning, 1, 500, null, LinkState.Up, default, default) : null,
        episode is null ? 0 : 1_000);
}
