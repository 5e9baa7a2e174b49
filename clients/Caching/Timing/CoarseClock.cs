namespace LastMile.Events.Caching.Timing;

/// <summary>
/// A clock that is fast to read: 4 ns instead of 21, at a resolution of some milliseconds. A read from memory, which takes 30 ns, needs the
/// time. Thread-safe.
/// </summary>
internal static class CoarseClock
{
    // The greatest step of the clock on any operating system.
    private const long Resolution = 16;

    /// <summary>The time in milliseconds since an arbitrary moment.</summary>
    public static long Now => Environment.TickCount64;

    /// <summary>Returns the end of a time, by the clock's resolution too early rather than too late.</summary>
    /// <param name="now">The value of <see cref="Now"/> at which the time begins.</param>
    /// <param name="time">The time.</param>
    public static long EndOf(long now, TimeSpan time) => now + (long)time.TotalMilliseconds - Resolution;
}
