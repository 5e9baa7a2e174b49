namespace LastMile.Events.Chaos.Oracle;

/// <summary>The time for which a region still held an entry after the commit that replaced it.</summary>
/// <param name="From">The timestamp of the commit.</param>
/// <param name="To">The timestamp of the last read that found the entry; equal to <paramref name="From"/> if none did.</param>
internal readonly record struct StaleSpan(long From, long To);
