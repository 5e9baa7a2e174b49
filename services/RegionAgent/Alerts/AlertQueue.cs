using System.Threading.Channels;
using LastMile.Events.Messages;

namespace LastMile.Events.RegionAgent.Alerts;

/// <summary>
/// Alerts that the bus has not taken yet, in order, in bounded memory. Thread-safe, for one reader.
/// </summary>
/// <remarks>
/// While a bus is down for long, a rise in severity takes the place of the first alert of its episode, and past the bound whole
/// episodes are forgotten, the oldest first: both of their ends, so that no listener is left with one of them.
/// </remarks>
internal sealed class AlertQueue
{
    internal const int Capacity = 100;

    private readonly Lock gate = new();
    private readonly List<QueuedAlert> waiting = [];
    private readonly Channel<bool> some = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private QueuedAlert? sending;

    /// <summary>The newest alert, sent or not; null before the first.</summary>
    public QueuedAlert? Newest { get; private set; }

    /// <summary>How many wait.</summary>
    public int Count
    {
        get
        {
            lock (gate)
                return waiting.Count;
        }
    }

    /// <summary>Adds one.</summary>
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
                ForgetOldestEpisode();
        }

        some.Writer.TryWrite(true);
    }

    /// <summary>Waits for the next alert; it stays first until <see cref="Sent"/>.</summary>
    public async Task<QueuedAlert> NextAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            lock (gate)
            {
                if (waiting.Count > 0)
                    return sending = waiting[0];
            }

            await some.Reader.ReadAsync(cancellationToken);
        }
    }

    /// <summary>Whether the one that <see cref="NextAsync"/> gave is still to be sent.</summary>
    public bool IsSending
    {
        get
        {
            lock (gate)
                return sending is not null;
        }
    }

    /// <summary>The one that <see cref="NextAsync"/> gave is out.</summary>
    public void Sent()
    {
        lock (gate)
        {
            if (sending is not null)
                waiting.RemoveAt(0);
            sending = null;
        }
    }

    /// <summary>Forgets what waits: another agent tells of the region now.</summary>
    public void Clear()
    {
        lock (gate)
        {
            waiting.Clear();
            sending = null;
        }
    }

    private void ForgetOldestEpisode()
    {
        var whole = waiting.Where(alert => alert != sending)
            .GroupBy(alert => alert.Episode)
            .FirstOrDefault(episode => episode.First().Message is ReplicaLagDetected && episode.Last().EndsEpisode && episode.Key != sending?.Episode);
        if (whole is not null)
            waiting.RemoveAll(alert => alert.Episode == whole.Key);
    }
}
