using LastMile.Events.Messages;
using LastMile.Events.RegionAgent.Alerts;
using LastMile.Events.RegionAgent.Leadership;
using Xunit;

namespace RegionAgent.Tests;

public sealed class AlertQueueTests
{
    private readonly LeadershipState leadership = new(TimeProvider.System);
    private readonly AlertQueue queue;

    public AlertQueueTests() => queue = new AlertQueue(leadership, TimeProvider.System);

    [Fact]
    public async Task Alerts_leave_in_the_order_of_arrival()
    {
        var (first, second) = (Guid.NewGuid(), Guid.NewGuid());
        foreach (var alert in new[] { Detected(first), Recovered(first), Detected(second) })
            queue.Add(alert);

        Assert.Equal([(first, false), (first, true), (second, false)], await DrainAsync());
    }

    [Fact]
    public async Task A_critical_alert_replaces_an_unsent_warning()
    {
        var episode = Guid.NewGuid();

        queue.Add(Detected(episode));
        queue.Add(Detected(episode, LagSeverity.Critical));

        Assert.Equal(LagSeverity.Critical, ((ReplicaLagDetected)(await NextAsync()).Message).Severity);
        queue.Sent();
        Assert.Equal(0, queue.Count);
    }

    [Fact]
    public async Task A_critical_alert_follows_a_warning_that_is_being_sent()
    {
        var episode = Guid.NewGuid();
        queue.Add(Detected(episode));
        var sending = await NextAsync();

        queue.Add(Detected(episode, LagSeverity.Critical));
        queue.Sent();

        Assert.Equal(LagSeverity.Warning, ((ReplicaLagDetected)sending.Message).Severity);
        Assert.Equal(LagSeverity.Critical, ((ReplicaLagDetected)(await NextAsync()).Message).Severity);
    }

    [Fact]
    public async Task A_full_queue_drops_only_whole_episodes()
    {
        var begun = Guid.NewGuid();
        queue.Add(Detected(begun));
        await NextAsync();
        queue.Add(Recovered(begun));

        for (var n = 0; n < 1_000; n++)
        {
            var episode = Guid.NewGuid();
            queue.Add(Detected(episode));
            queue.Add(Recovered(episode));
        }

        var left = await DrainAsync();
        Assert.InRange(left.Count, AlertQueue.Capacity - 2, AlertQueue.Capacity);
        Assert.Equal([(begun, false), (begun, true)], left.Take(2));
        Assert.All(left.GroupBy(alert => alert.Episode), episode => Assert.Equal(2, episode.Count()));
    }

    [Fact]
    public async Task Alerts_of_an_earlier_time_as_the_leader_are_dropped()
    {
        leadership.MessageReceived();
        var (episode, after, term) = (Guid.NewGuid(), Guid.NewGuid(), leadership.Term);
        queue.Add(Detected(episode) with { Term = term });
        await NextAsync();
        Assert.True(queue.IsSending);

        leadership.StepDown();
        Assert.False(queue.IsSending);
        // From a verdict that was being formed.
        queue.Add(Recovered(episode) with { Term = term });
        leadership.MessageReceived();
        queue.Add(Detected(after) with { Term = leadership.Term });
        queue.Sent();

        Assert.Equal([(after, false)], await DrainAsync());
    }

    [Fact]
    public async Task A_waiting_reader_receives_the_next_alert()
    {
        var waiting = queue.NextAsync(TestContext.Current.CancellationToken);
        Assert.False(waiting.IsCompleted);

        queue.Add(Detected(Guid.NewGuid()));

        Assert.NotNull(await waiting.WaitAsync(TimeSpan.FromSeconds(5)));
    }

    private static QueuedAlert Detected(Guid episode, LagSeverity severity = LagSeverity.Warning) =>
        new(new ReplicaLagDetected(episode, "ams", severity, 1, 600, null, LinkState.Up, default, default));

    private static QueuedAlert Recovered(Guid episode) =>
        new(new ReplicaLagRecovered(episode, "ams", LagSeverity.Warning, 900, 600, 1, default));

    private Task<QueuedAlert> NextAsync() => queue.NextAsync(TestContext.Current.CancellationToken);

    private async Task<List<(Guid Episode, bool Ends)>> DrainAsync()
    {
        var alerts = new List<(Guid, bool)>();
        while (queue.Count > 0)
        {
            var alert = await NextAsync();
            alerts.Add((alert.Episode, alert.EndsEpisode));
            queue.Sent();
        }

        return alerts;
    }
}
