using LastMile.Events.Messages;

namespace LastMile.Events.RegionAgent.Alerts;

/// <summary>The episode that the agent before this one may have left open, as far as the Invalidators have told. Thread-safe.</summary>
internal sealed class InheritedEpisode(TimeProvider time)
{
    // An Invalidator that can't read its database must not keep this region's trouble quiet.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private readonly Lock gate = new();
    private readonly HashSet<Guid> own = [];
    private RegionEpisodeReported? told;
    private long askedAt;
    private bool answered;

    /// <summary>Whether an alert would be one too many, since the answer may say that it is known.</summary>
    public bool IsAwaited
    {
        get
        {
            lock (gate)
                return !answered && time.GetElapsedTime(askedAt) < Patience;
        }
    }

    /// <summary>It is asked anew: what was known is of before.</summary>
    public void Begin()
    {
        lock (gate)
        {
            (told, answered, askedAt) = (null, false, time.GetTimestamp());
            own.Clear();
        }
    }

    /// <summary>An Invalidator has answered.</summary>
    public void Answer(RegionEpisodeReported answer)
    {
        lock (gate)
            (told, answered) = (answer, true);
    }

    /// <summary>The open episode that another agent began, once, when this one has none of its own open; null for none.</summary>
    /// <param name="current">The episode that is open here; null for none.</param>
    public RegionEpisodeReported? Take(Guid? current)
    {
        lock (gate)
        {
            // An answer that comes late may tell of one that this agent has begun since it asked, or even has ended.
            if (current is { } begun && (!answered || told is not null))
                own.Add(begun);
            if (told is { Open: { } left } && own.Contains(left.Episode))
                told = null;
            if (current is not null)
                return null;
            var taken = told;
            told = null;
            return taken?.Open is null ? null : taken;
        }
    }
}
