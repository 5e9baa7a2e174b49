using LastMile.Events.Messages;

namespace LastMile.Events.RegionAgent.Alerts;

/// <summary>The episodes that previous agents may have left open, as reported by an Invalidator. Thread-safe.</summary>
internal sealed class InheritedEpisode(TimeProvider time)
{
    // An Invalidator that can't read its database must not suppress this region's alerts for longer.
    private static readonly TimeSpan AnswerTimeout = TimeSpan.FromSeconds(5);

    // The newest episodes of this agent, which an answer may name although they have ended since.
    private const int MaxOwnEpisodes = 100;

    private readonly Lock gate = new();
    private readonly List<Guid> ownEpisodes = [];
    private readonly List<RegionEpisodeReported> open = [];
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
            (answered, requestedAt) = (false, time.GetTimestamp());
            open.Clear();
            ownEpisodes.Clear();
        }
    }

    /// <summary>Records an Invalidator's answer.</summary>
    public void Answer(RegionEpisodeReported reported)
    {
        lock (gate)
        {
            answered = true;
            open.Clear();
            open.AddRange(reported.Earlier.Prepend(reported).Where(one => one.Open is not null));
        }
    }

    /// <summary>
    /// Returns each open episode that another agent began, once; null when there is none, or while this agent has an open episode.
    /// </summary>
    /// <param name="current">This agent's open episode; null for none.</param>
    public RegionEpisodeReported? Take(Guid? current)
    {
        lock (gate)
        {
            if (current is { } begun && !ownEpisodes.Contains(begun))
                ownEpisodes.Add(begun);
            if (ownEpisodes.Count > MaxOwnEpisodes)
                ownEpisodes.RemoveAt(0);
            open.RemoveAll(one => ownEpisodes.Contains(one.Open!.Episode));
            if (current is not null || open.Count == 0)
                return null;
            var taken = open[0];
            open.RemoveAt(0);
            return taken;
        }
    }
}
