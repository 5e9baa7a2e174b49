using LastMile.Events.RegionAgent.Leadership;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace RegionAgent.Tests;

public sealed class LeadershipTests
{
    private readonly FakeTimeProvider time = new();
    private readonly LeadershipState leadership;
    private readonly List<bool> changes = [];

    public LeadershipTests()
    {
        leadership = new LeadershipState(time);
        leadership.Changed += (_, _) => changes.Add(leadership.IsLeading);
    }

    [Fact]
    public void An_agent_that_receives_a_message_becomes_active_once()
    {
        Assert.False(leadership.IsLeading);

        leadership.MessageReceived();
        leadership.MessageReceived();

        Assert.True(leadership.IsLeading);
        Assert.Equal([true], changes);
    }

    [Fact]
    public void An_agent_that_misses_its_own_probes_goes_on_standby()
    {
        leadership.MessageReceived();
        SendProbes(LeadershipState.MaxMissedProbes - 1);
        Assert.True(leadership.IsLeading);

        SendProbes(1);

        Assert.False(leadership.IsLeading);
        Assert.Equal([true, false], changes);
    }

    [Fact]
    public void A_message_resets_the_count_of_missed_probes()
    {
        leadership.MessageReceived();
        for (var n = 0; n < 10; n++)
        {
            SendProbes(LeadershipState.MaxMissedProbes - 1);
            leadership.MessageReceived();
        }

        Assert.Equal([true], changes);
    }

    [Fact]
    public void A_standby_agent_that_misses_probes_stays_on_standby_until_it_receives_a_message()
    {
        SendProbes(3 * LeadershipState.MaxMissedProbes);
        Assert.Empty(changes);

        leadership.MessageReceived();

        Assert.Equal([true], changes);
    }

    [Fact]
    public void An_agent_has_read_the_backlog_once_it_receives_a_probe_of_its_term()
    {
        leadership.ProbeReceived(Guid.Empty);
        var term = leadership.Term;
        leadership.ProbeReceived(Guid.NewGuid());
        Assert.False(leadership.HasReadBacklog);

        leadership.ProbeReceived(term);
        Assert.True(leadership.HasReadBacklog);

        leadership.StepDown();
        Assert.Equal((false, Guid.Empty), (leadership.HasReadBacklog, leadership.Term));
        leadership.ProbeReceived(term);
        Assert.False(leadership.HasReadBacklog);
    }

    [Fact]
    public void An_agent_that_steps_down_is_on_standby_until_the_next_message()
    {
        leadership.StepDown();
        leadership.MessageReceived();
        leadership.StepDown();
        leadership.StepDown();
        leadership.MessageReceived();

        Assert.Equal([true, false, true], changes);
    }

    [Fact]
    public void An_agent_that_takes_the_lease_is_active_until_another_holds_it()
    {
        leadership.LeaseTaken();
        leadership.LeaseTaken();
        Assert.True(leadership.IsLeading);
        Assert.False(leadership.HasReceived);

        leadership.LeaseLost();
        leadership.LeaseLost();

        Assert.Equal([true, false], changes);
    }

    [Fact]
    public void An_agent_that_holds_the_lease_misses_its_probes_without_going_on_standby()
    {
        leadership.MessageReceived();
        leadership.LeaseTaken();
        SendProbes(3 * LeadershipState.MaxMissedProbes);
        Assert.True(leadership.IsLeading);

        leadership.LeaseUnknown();
        SendProbes(1);

        Assert.Equal([true, false], changes);
    }

    [Fact]
    public void The_age_of_the_last_message_is_measured()
    {
        leadership.MessageReceived();
        time.Advance(TimeSpan.FromSeconds(3));
        leadership.ProbeSent();
        Assert.Equal(TimeSpan.FromSeconds(3), leadership.MessageAge);

        leadership.MessageReceived();

        Assert.Equal(TimeSpan.Zero, leadership.MessageAge);
    }

    [Fact]
    public async Task Work_waits_each_time_until_the_agent_is_active()
    {
        var cancellation = TestContext.Current.CancellationToken;
        var first = leadership.LeadingAsync(cancellation);
        Assert.False(first.IsCompleted);
        leadership.MessageReceived();
        await first;
        await leadership.LeadingAsync(cancellation);

        leadership.StepDown();
        var second = leadership.LeadingAsync(cancellation);
        Assert.False(second.IsCompleted);
        leadership.MessageReceived();

        await second;
    }

    [Fact]
    public async Task Waiting_ends_when_the_service_stops()
    {
        using var stopping = new CancellationTokenSource();
        var waiting = leadership.LeadingAsync(stopping.Token);

        await stopping.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
    }

    private void SendProbes(int count)
    {
        for (var n = 0; n < count; n++)
            leadership.ProbeSent();
    }
}
