namespace LastMile.Events.Chaos.Oracle;

/// <summary>How long purges of cached products took to arrive in a region.</summary>
/// <param name="Purges">The number of purges seen: changes of products that the region had in its cache.</param>
/// <param name="WithinSecond">Purges that arrived within a second of the commit.</param>
/// <param name="WithinMinute">Purges that arrived within a minute.</param>
/// <param name="WithinFiveMinutes">Purges that arrived within five minutes.</param>
/// <param name="Longest">The longest time that a stale entry was seen after the commit.</param>
internal sealed record PurgeTimes(long Purges, long WithinSecond, long WithinMinute, long WithinFiveMinutes, TimeSpan Longest)
{
    /// <summary>Purges that take longer than this count as late.</summary>
    public static readonly TimeSpan Soon = TimeSpan.FromSeconds(1);

    public static readonly PurgeTimes None = new(0, 0, 0, 0, TimeSpan.Zero);

    /// <summary>What excuses the longest time; null for nothing. Only for independent regions.</summary>
    public string? Excuse { get; init; }

    /// <summary>Purges that took at most a second, not counting the time that is excused. Only for independent regions.</summary>
    public long UnexcusedWithinSecond { get; init; }

    /// <summary>The longest time of an entry that nothing excuses. Only for independent regions.</summary>
    public TimeSpan LongestUnexcused { get; init; }

    /// <summary>Returns the times with one more purge.</summary>
    /// <param name="took">How long the entry was stale.</param>
    /// <param name="unexcused">How much of it nothing excuses.</param>
    /// <param name="excuse">What excuses the rest.</param>
    public PurgeTimes With(TimeSpan took, TimeSpan unexcused, string? excuse) => new(
        Purges + 1,
        WithinSecond + (took <= Soon ? 1 : 0),
        WithinMinute + (took <= TimeSpan.FromMinutes(1) ? 1 : 0),
        WithinFiveMinutes + (took <= TimeSpan.FromMinutes(5) ? 1 : 0),
        took > Longest ? took : Longest)
    {
        Excuse = took > Longest ? excuse : Excuse,
        UnexcusedWithinSecond = UnexcusedWithinSecond + (unexcused <= Soon ? 1 : 0),
        LongestUnexcused = unexcused > LongestUnexcused ? unexcused : LongestUnexcused,
    };
}
