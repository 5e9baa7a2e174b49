namespace LastMile.Events.RegionAgent.Verdicts;

/// <summary>The greatest lag since the last <see cref="Take"/>. Thread-safe.</summary>
internal sealed class WorstLag
{
    private long ticks;

    /// <summary>Records a lag.</summary>
    public void Record(TimeSpan lag)
    {
        for (var known = Volatile.Read(ref ticks); lag.Ticks > known; known = Volatile.Read(ref ticks))
        {
            if (Interlocked.CompareExchange(ref ticks, lag.Ticks, known) == known)
                return;
        }
    }

    /// <summary>Returns the greatest recorded lag, and resets it to zero.</summary>
    public TimeSpan Take() => TimeSpan.FromTicks(Interlocked.Exchange(ref ticks, 0));
}
