using LastMile.Events.RegionAgent.Duties;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace RegionAgent.Tests;

public sealed class DutyTests
{
    private readonly FakeTimeProvider time = new();
    private readonly Duty duty;
    private readonly List<bool> turns = [];

    public DutyTests()
    {
        duty = new Duty(time);
        duty.Changed += (_, _) => turns.Add(duty.IsWorking);
    }

    [Fact]
    public void Who_hears_works_and_is_told_once()
    {
        Assert.False(duty.IsWorking);

        duty.Heard();
        duty.Heard();

        Assert.True(duty.IsWorking);
        Assert.Equal([true], turns);
    }

    [Fact]
    public void Who_does_not_hear_its_own_calls_has_been_replaced()
    {
        duty.Heard();
        Call(Duty.Unheard - 1);
        Assert.True(duty.IsWorking);

        Call(1);

        Assert.False(duty.IsWorking);
        Assert.Equal([true, false], turns);
    }

    [Fact]
    public void Each_word_heard_makes_up_for_all_calls_before()
    {
        duty.Heard();
        for (var n = 0; n < 10; n++)
        {
            Call(Duty.Unheard - 1);
            duty.Heard();
        }

        Assert.Equal([true], turns);
    }

    [Fact]
    public void Who_stands_by_may_call_as_often_as_it_likes_and_works_when_it_hears()
    {
        Call(3 * Duty.Unheard);
        Assert.Empty(turns);

        duty.Heard();

        Assert.Equal([true], turns);
    }

    [Fact]
    public void Who_stood_still_begins_anew()
    {
        duty.Doubt();
        duty.Heard();
        duty.Doubt();
        duty.Doubt();
        duty.Heard();

        Assert.Equal([true, false, true], turns);
    }

    [Fact]
    public void It_knows_how_long_ago_it_heard()
    {
        duty.Heard();
        time.Advance(TimeSpan.FromSeconds(3));
        duty.Called();
        Assert.Equal(TimeSpan.FromSeconds(3), duty.HeardAgo);

        duty.Heard();

        Assert.Equal(TimeSpan.Zero, duty.HeardAgo);
    }

    [Fact]
    public async Task Work_waits_for_its_turn_and_for_each_turn_anew()
    {
        var cancellation = TestContext.Current.CancellationToken;
        var first = duty.WorkingAsync(cancellation);
        Assert.False(first.IsCompleted);
        duty.Heard();
        await first;
        await duty.WorkingAsync(cancellation);

        duty.Doubt();
        var second = duty.WorkingAsync(cancellation);
        Assert.False(second.IsCompleted);
        duty.Heard();

        await second;
    }

    [Fact]
    public async Task Waiting_for_a_turn_ends_with_the_service()
    {
        using var stopping = new CancellationTokenSource();
        var waiting = duty.WorkingAsync(stopping.Token);

        await stopping.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
    }

    private void Call(int times)
    {
        for (var n = 0; n < times; n++)
            duty.Called();
    }
}
