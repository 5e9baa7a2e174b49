using LastMile.Events.Messages;
using LastMile.Events.RegionAgent.Alerts;
using Xunit;

namespace RegionAgent.Tests;

public sealed class AlertQueueTests
{
    private readonly AlertQueue queue = new();

    [Fact]
    public async Task Alerts_leave_in_the_order_they_came()
    {
        var (first, second) = (Guid.NewGuid(), Guid.NewGuid());
        foreach (var alert in new[] { Detected(first), Recovered(first), Detected(second) })
            queue.Add(alert);

        Assert.Equal([(first, false), (first, true), (second, false)], await DrainAsync());
    }

    [Fact]
    public async Task A_rise_takes_the_place_of_the_warning_that_is_not_out_yet()
    {
        var episode = Guid.NewGuid();

        queue.Add(Detected(episode));
        queue.Add(Detected(episode, LagSeverity.Critical));

        Assert.Equal(LagSeverity.Critical, ((ReplicaLagDetected)(await NextAsync()).Message).Severity);
        queue.Sent();
        Assert.Equal(0, queue.Count);
    }

    [Fact]
    public async Task A_rise_follows_the_warning_that_is_on_its_way()
    {
        var episode = Guid.NewGuid();
        queue.Add(Detected(episode));
        var onItsWay = await NextAsync();

        queue.Add(Detected(episode, LagSeverity.Critical));
        queue.Sent();

        Assert.Equal(LagSeverity.Warning, ((ReplicaLagDetected)onItsWay.Message).Severity);
        Assert.Equal(LagSeverity.Critical, ((ReplicaLagDetected)(await NextAsync()).Message).Severity);
    }

    [Fact]
    public async Task A_full_queue_forgets_whole_episodes_and_never_half_of_one()
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
    public async Task What_was_forgotten_is_not_sent_though_it_was_on_its_way_and_what_comes_after_is()
    {
        var after = Guid.NewGuid();
        queue.Add(Detected(Guid.NewGuid()));
        await NextAsync();
        Assert.True(queue.IsSending);

        queue.Clear();
        Assert.False(queue.IsSending);
        queue.Add(Detected(after));
        queue.Sent();

        Assert.Equal([(after, false)], await DrainAsync());
    }

    [Fact]
    public async Task One_who_waits_gets_the_next_alert()
    {
        var waiting = queue.NextAsync(TestContext.Current.CancellationToken);
        Assert.False(waiting.IsCompleted);

        queue.Add(Detected(Guid.NewGuid()));

        Assert.NotNull(await waiting.WaitAsync(TimeSpan.FromSeconds(5)));
    }

    private static QueuedAlert Detected(Guid episode, LagSeverity severity = LagSeverity.Warning) =>
        new(new ReplicaLagDetected(episode, "ams", severity, 1, 600, null, LinkState.Up, default, default));

    private static QueuedAlert Recovered(Guid episode) => new(new ReplicaLagRecovered(episode, "ams", LagSeverity.Warning, 900, 600, 1, default));

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
