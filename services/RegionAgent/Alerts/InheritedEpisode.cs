using LastMile.Events.Messages;

namespace LastMile.Events.RegionAgent.Alerts;

/// <summary>The episode that the previous agent may have left open, as reported by an Invalidator. Thread-safe.</summary>
internal sealed class InheritedEpisode(TimeProvider time)
{
    // An Invalidator that can't read its database must not suppress this region's alerts for longer.
    private static readonly TimeSpan AnswerTimeout = TimeSpan.FromSeconds(5);

    private readonly Lock gate = new();
    private readonly HashSet<Guid> ownEpisodes = [];
    private RegionEpisodeReported? answer;
    private long requestedAt;
    private bool answered;

    /// <summary>Whether the agent must hold back alerts, because the answer may show that the episode is already reported.</summary>
    public bool IsAwaited
    {
        get
        {
            lock (gate)
                return !answered && time.GetElapsedTime(requestedAt) < AnswerTimeout;
        }
    }

    /// <summary>The time since the request.</summary>
    public TimeSpan Age
    {
        get
        {
            lock (gate)
                return time.GetElapsedTime(requestedAt);
        }
    }

    /// <summary>Starts to wait for a new answer, and discards the previous one.</summary>
    public void Begin()
    {
        lock (gate)
        {
            (answer, answered, requestedAt) = (null, false, time.GetTimestamp());
            ownEpisodes.Clear();
        }
    }

    /// <summary>Records an Invalidator's answer.</summary>
    public void Answer(RegionEpisodeReported reported)
    {
        lock (gate)
            (answer, answered) = (reported, true);
    }

    /// <summary>
    /// Returns, once, the open episode that another agent began; null when there is none, or while this agent has an open episode.
    /// </summary>
    /// <param name="current">This agent's open episode; null for none.</param>
    public RegionEpisodeReported? Take(Guid? current)
    {
        lock (gate)
        {
            // A late answer may name an episode that this agent itself has begun, or already ended, since its request.
            if (current is { } begun && (!answered || answer is not null))
                ownEpisodes.Add(begun);
            if (answer is { Open: { } open } && ownEpisodes.Contains(open.Episode))
                answer = null;
            if (current is not null)
                return null;
            var taken = answer;
            answer = null;
            return taken?.Open is null ? null : taken;
        }
    }
}
