namespace LastMile.Events.RegionAgent.Ledger;

/// <summary>Measures how long the first gap has existed. Not thread-safe.</summary>
internal sealed class GapTimer(TimeProvider time)
{
    private (Gap Gap, long Since)? current;

    /// <summary>Whether the last update found a gap.</summary>
    public bool IsRunning => current is not null;

    /// <summary>Records the first gap; null for none. A gap that shrinks or grows keeps its age.</summary>
    public void Update(Gap? first) =>
        current = first is null ? null : (first, current is { } known && first.IsPartOf(known.Gap) ? known.Since : time.GetTimestamp());

    /// <summary>Returns the gap if it is at least this old; otherwise null.</summary>
    public Gap? OlderThan(TimeSpan age) => current is { } timed && time.GetElapsedTime(timed.Since) >= age ? timed.Gap : null;

    /// <summary>Discards the gap.</summary>
    public void Clear() => current = null;
}
