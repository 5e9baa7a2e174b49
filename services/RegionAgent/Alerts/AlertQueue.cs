using LastMile.Events.Hosting;
using LastMile.Events.Messages;
using LastMile.Events.RegionAgent.Leadership;

namespace LastMile.Events.RegionAgent.Alerts;

/// <summary>
/// Alerts that the bus has not accepted yet, in order and in bounded memory. Drops those of an earlier time as the leader, because another
/// agent has reported the region since. Thread-safe, for one reader.
/// </summary>
/// <remarks>
/// While the bus is down, a critical alert replaces the unsent warning of its episode. A full queue drops the oldest whole episode, so
/// subscribers never receive only one end of it.
/// </remarks>
internal sealed class AlertQueue(LeadershipState leadership, TimeProvider time)
{
    internal const int Capacity = 100;

    private readonly Lock gate = new();
    private readonly List<QueuedAlert> waiting = [];
    private readonly Signal added = new(time);
    private QueuedAlert? sending;

    /// <summary>The newest alert, sent or not; null before the first one.</summary>
    public QueuedAlert? Newest { get; private set; }

    /// <summary>How many alerts wait.</summary>
    public int Count
    {
        get
        {
            lock (gate)
                return waiting.Count;
        }
    }

    /// <summary>Adds an alert.</summary>
    public void Add(QueuedAlert alert)
    {
        lock (gate)
        {
            Newest = alert;
            var first = waiting.FindIndex(other => other != sending && other.Episode == alert.Episode);
            if (first >= 0 && !alert.EndsEpisode)
                waiting[first] = alert;
            else
                waiting.Add(alert);
            if (waiting.Count > Capacity)
                DropOldestEpisode();
        }

        added.Raise();
    }

    /// <summary>Waits for the next alert and returns it. The alert stays first in the queue until <see cref="Sent"/>.</summary>
    public async Task<QueuedAlert> NextAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            lock (gate)
            {
                waiting.RemoveAll(alert => alert.Term != leadership.Term);
                if (waiting.Count > 0)
                    return sending = waiting[0];
            }

            await added.WaitAsync(cancellationToken);
        }
    }

    /// <summary>Whether the alert that <see cref="NextAsync"/> returned must still be sent.</summary>
    public bool IsSending
    {
        get
        {
            lock (gate)
                return sending is not null && sending.Term == leadership.Term;
        }
    }

    /// <summary>Removes the alert that <see cref="NextAsync"/> returned: it was sent.</summary>
    public void Sent()
    {
        lock (gate)
        {
            waiting.RemoveAll(alert => ReferenceEquals(alert, sending));
            sending = null;
        }
    }

    private void DropOldestEpisode()
    {
        var whole = waiting.Where(alert => alert != sending)
            .GroupBy(alert => alert.Episode)
            .FirstOrDefault(episode =>
                episode.First().Message is ReplicaLagDetected && episode.Last().EndsEpisode && episode.Key != sending?.Episode);
        if (whole is not null)
            waiting.RemoveAll(alert => alert.Episode == whole.Key);
    }
}
