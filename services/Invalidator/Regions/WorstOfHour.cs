namespace LastMile.Events.Invalidator.Regions;

/// <summary>The greatest value of the last hour, with a precision of one minute. Not thread-safe.</summary>
internal sealed class WorstOfHour
{
    // The current minute and the sixty before it.
    private const int Minutes = 61;

    private readonly (long Minute, double Value)[] worst = new (long, double)[Minutes];

    /// <summary>Adds a value.</summary>
    /// <param name="now">The time since any fixed moment.</param>
    /// <param name="value">The value, 0 or greater.</param>
    public void Add(TimeSpan now, double value)
    {
        var minute = Minute(now);
        ref var slot = ref worst[minute % Minutes];
        slot = (minute, slot.Minute == minute ? Math.Max(slot.Value, value) : value);
    }

    /// <summary>Returns the greatest value; 0 when no value was added.</summary>
    public double At(TimeSpan now)
    {
        var oldest = Minute(now) - Minutes + 1;
        return worst.Max(slot => slot.Minute >= oldest ? slot.Value : 0);
    }

    private static long Minute(TimeSpan now) => now.Ticks / TimeSpan.TicksPerMinute;
}
