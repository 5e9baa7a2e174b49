using System.Globalization;

namespace LastMile.Events.Redis;

/// <summary>
/// Which watermark every region had applied at which time, oldest first: from it follows which tag generations no cache entry can depend on any more.
/// Immutable. Its text is <c>milliseconds:epoch-sequence</c> for each note, with spaces between them.
/// </summary>
/// <remarks>
/// Time is counted from note to note. A gap counts for two intervals at most, so a clock that jumps ahead makes no watermark old. A clock that was set
/// back removes the notes that are in its future.
/// </remarks>
public sealed class AppliedHistory
{
    /// <summary>The most notes; the oldest go first. A lifetime takes about half of them.</summary>
    public const int MostNotes = 50;

    private const int IntervalsOfLifetime = 24;

    // One interval is the rule, the other is the time until the next look.
    private const int IntervalsOfGap = 2;

    private readonly IReadOnlyList<(DateTimeOffset At, Watermark Applied)> notes;

    private AppliedHistory(IReadOnlyList<(DateTimeOffset At, Watermark Applied)> notes) => this.notes = notes;

    /// <summary>How many notes it has.</summary>
    public int Count => notes.Count;

    /// <summary>Returns how long after a note the next one is due.</summary>
    /// <param name="lifetime">The longest lifetime of a cache entry.</param>
    public static TimeSpan IntervalOf(TimeSpan lifetime) => lifetime / IntervalsOfLifetime;

    /// <summary>Reads a history.</summary>
    /// <param name="text">The text; null or an unreadable one gives an empty history, which only delays the collection.</param>
    public static AppliedHistory Parse(string? text)
    {
        var read = new List<(DateTimeOffset, Watermark)>();
        foreach (var note in (text ?? "").Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            if (note.Split(':') is not [var at, var place] || !TryParseTime(at, out var time))
                return new AppliedHistory([]);
            read.Add((time, Watermark.TryParse(place, out var applied) ? applied : default));
        }

        return new AppliedHistory(read);
    }

    /// <summary>Returns whether it is time for a note.</summary>
    /// <param name="now">The server's time.</param>
    /// <param name="lifetime">The longest lifetime of a cache entry.</param>
    public bool IsDue(DateTimeOffset now, TimeSpan lifetime) =>
        notes.Count == 0 || now - notes[^1].At >= IntervalOf(lifetime) || now < notes[^1].At;

    /// <summary>Returns the history with one more note.</summary>
    /// <param name="now">The server's time.</param>
    /// <param name="applied">Every region has applied every purge up to here; <c>default</c> for none.</param>
    public AppliedHistory With(DateTimeOffset now, Watermark applied) =>
        new([.. notes.Where(note => note.At <= now).TakeLast(MostNotes - 1), (now, applied)]);

    /// <summary>
    /// Returns the newest watermark that every region had applied for longer than an entry lives: what purges up to it wrote may be deleted. It is older by
    /// two intervals more than that, in case the clock has jumped ahead once.
    /// </summary>
    /// <param name="now">The server's time.</param>
    /// <param name="lifetime">The longest lifetime of a cache entry.</param>
    /// <returns>The watermark; <c>default</c> for none.</returns>
    public Watermark OlderThan(DateTimeOffset now, TimeSpan lifetime)
    {
        var longestGap = IntervalsOfGap * IntervalOf(lifetime);
        var (age, later, newest) = (TimeSpan.Zero, now, default(Watermark));
        foreach (var (at, applied) in notes.Reverse())
        {
            age += Clamp(later - at, longestGap);
            later = at;
            if (age >= lifetime + longestGap && applied > newest)
                newest = applied;
        }

        return newest;
    }

    /// <inheritdoc/>
    public override string ToString() => string.Join(
        ' ', notes.Select(note => string.Create(CultureInfo.InvariantCulture, $"{note.At.ToUnixTimeMilliseconds()}:{note.Applied}")));

    private static TimeSpan Clamp(TimeSpan gap, TimeSpan longest) => gap < TimeSpan.Zero ? TimeSpan.Zero : gap < longest ? gap : longest;

    private static bool TryParseTime(string text, out DateTimeOffset time)
    {
        var isTime = long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var milliseconds)
            && milliseconds <= DateTimeOffset.MaxValue.ToUnixTimeMilliseconds();
        time = isTime ? DateTimeOffset.FromUnixTimeMilliseconds(milliseconds) : default;
        return isTime;
    }
}
