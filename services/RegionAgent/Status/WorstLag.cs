namespace LastMile.Events.RegionAgent.Status;

/// <summary>The greatest lag since it was last asked for. Thread-safe.</summary>
internal sealed class WorstLag
{
    private long ticks;

    /// <summary>A lag was seen.</summary>
    public void See(TimeSpan lag)
    {
        for (var known = Volatile.Read(ref ticks); lag.Ticks > known; known = Volatile.Read(ref ticks))
        {
            if (Interlocked.CompareExchange(ref ticks, lag.Ticks, known) == known)
                return;
        }
    }

    /// <summary>The greatest, and begins anew.</summary>
    public TimeSpan Take() => TimeSpan.FromTicks(Interlocked.Exchange(ref ticks, 0));
}
