using LastMile.Events.RegionAgent.Leadership;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace RegionAgent.Tests;

public sealed class LeadershipTests
{
    private readonly FakeTimeProvider time = new();
    private readonly LeadershipState leadership;
    private readonly List<bool> turns = [];

    public LeadershipTests()
    {
        leadership = new LeadershipState(time);
        leadership.Changed += (_, _) => turns.Add(leadership.IsLeading);
    }

    [Fact]
    public void Who_hears_works_and_is_told_once()
    {
        Assert.False(leadership.IsLeading);

        leadership.MessageReceived();
        leadership.MessageReceived();

        Assert.True(leadership.IsLeading);
        Assert.Equal([true], turns);
    }

    [Fact]
    public void Who_does_not_hear_its_own_calls_has_been_replaced()
    {
        leadership.MessageReceived();
        Call(LeadershipState.MostUnreturned - 1);
        Assert.True(leadership.IsLeading);

        Call(1);

        Assert.False(leadership.IsLeading);
        Assert.Equal([true, false], turns);
    }

    [Fact]
    public void Each_word_heard_makes_up_for_all_calls_before()
    {
        leadership.MessageReceived();
        for (var n = 0; n < 10; n++)
        {
            Call(LeadershipState.MostUnreturned - 1);
            leadership.MessageReceived();
        }

        Assert.Equal([true], turns);
    }

    [Fact]
    public void Who_stands_by_may_call_as_often_as_it_likes_and_works_when_it_hears()
    {
        Call(3 * LeadershipState.MostUnreturned);
        Assert.Empty(turns);

        leadership.MessageReceived();

        Assert.Equal([true], turns);
    }

    [Fact]
    public void Who_stood_still_begins_anew()
    {
        leadership.MarkUnproven();
        leadership.MessageReceived();
        leadership.MarkUnproven();
        leadership.MarkUnproven();
        leadership.MessageReceived();

        Assert.Equal([true, false, true], turns);
    }

    [Fact]
    public void It_knows_how_long_ago_it_heard()
    {
        leadership.MessageReceived();
        time.Advance(TimeSpan.FromSeconds(3));
        leadership.Called();
        Assert.Equal(TimeSpan.FromSeconds(3), leadership.MessageAge);

        leadership.MessageReceived();

        Assert.Equal(TimeSpan.Zero, leadership.MessageAge);
    }

    [Fact]
    public async Task Work_waits_for_its_turn_and_for_each_turn_anew()
    {
        var cancellation = TestContext.Current.CancellationToken;
        var first = leadership.LeadingAsync(cancellation);
        Assert.False(first.IsCompleted);
        leadership.MessageReceived();
        await first;
        await leadership.LeadingAsync(cancellation);

        leadership.MarkUnproven();
        var second = leadership.LeadingAsync(cancellation);
        Assert.False(second.IsCompleted);
        leadership.MessageReceived();

        await second;
    }

    [Fact]
    public async Task Waiting_for_a_turn_ends_with_the_service()
    {
        using var stopping = new CancellationTokenSource();
        var waiting = leadership.LeadingAsync(stopping.Token);

        await stopping.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
    }

    private void Call(int times)
    {
        for (var n = 0; n < times; n++)
            leadership.Called();
    }
}
