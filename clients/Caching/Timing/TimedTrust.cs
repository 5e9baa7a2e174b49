namespace LastMile.Events.Caching.Timing;

/// <summary>
/// Something that holds until a limited time after the last proof of it was <em>requested</em>. A connection that died silently thus can't
/// prolong it. Thread-safe.
/// </summary>
/// <param name="time">The clock.</param>
/// <param name="lifetime">The time.</param>
internal sealed class TimedTrust(TimeProvider time, TimeSpan lifetime)
{
    private readonly long ticks = (long)(lifetime.TotalSeconds * time.TimestampFrequency);
    private long until = long.MinValue;
    private long since = long.MaxValue;
    private long endsAt = long.MinValue;

    /// <summary>Whether it holds.</summary>
    public bool Holds => time.GetTimestamp() < Until;

    /// <summary>The timestamp at which it ends unless it is proved again.</summary>
    public long Until => Volatile.Read(ref until);

    /// <summary>The same, by the <see cref="CoarseClock"/>; up to some milliseconds earlier.</summary>
    public long EndsAt => Volatile.Read(ref endsAt);

    /// <summary>The time since the last proof was requested; null while it does not hold.</summary>
    public TimeSpan? Age => Until is var end && time.GetTimestamp() < end ? time.GetElapsedTime(end - ticks) : null;

    /// <summary>Returns whether it has held for a time without interruption.</summary>
    public bool HasHeldFor(TimeSpan span) =>
        Holds && Volatile.Read(ref since) is var start && start != long.MaxValue && time.GetElapsedTime(start) >= span;

    /// <summary>Records a proof.</summary>
    /// <param name="requestedAt">The timestamp at which it was requested.</param>
    public void Prove(long requestedAt)
    {
        // Read before the elapsed time, so that a pause in between shortens the trust.
        var now = CoarseClock.Now;
        if (!Holds)
            Volatile.Write(ref since, time.GetTimestamp());
        Volatile.Write(ref until, requestedAt + ticks);
        Volatile.Write(ref endsAt, CoarseClock.EndOf(now, lifetime - time.GetElapsedTime(requestedAt)));
    }

    /// <summary>Ends it.</summary>
    public void End()
    {
        Volatile.Write(ref until, long.MinValue);
        Volatile.Write(ref endsAt, long.MinValue);
        Volatile.Write(ref since, long.MaxValue);
    }
}
