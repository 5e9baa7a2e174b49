using System.Globalization;

namespace LastMile.Events.Redis;

/// <summary>
/// Samples of the watermark that every region had applied, oldest first. They show which tag generations no cache entry can depend on any
/// more. Immutable. Its text is one <c>milliseconds:epoch-sequence</c> per sample, separated by spaces.
/// </summary>
/// <remarks>
/// A watermark's age is the sum of the gaps between the samples after it. Each gap counts for at most two intervals, so a clock that jumps
/// ahead makes no watermark old. After a clock is set back, the samples that are then in the future are removed.
/// </remarks>
public sealed class AppliedHistory
{
    /// <summary>The maximum number of samples; the oldest are dropped first. A lifetime needs about half of them.</summary>
    public const int MaxSamples = 50;

    private const int IntervalsPerLifetime = 24;

    // One interval between two samples, plus the time until the collector checks again.
    private const int MaxGapIntervals = 2;

    private readonly IReadOnlyList<(DateTimeOffset At, Watermark Applied)> samples;

    private AppliedHistory(IReadOnlyList<(DateTimeOffset At, Watermark Applied)> samples) => this.samples = samples;

    /// <summary>The number of samples.</summary>
    public int Count => samples.Count;

    /// <summary>Returns the time between two samples.</summary>
    /// <param name="lifetime">The longest lifetime of a cache entry.</param>
    public static TimeSpan IntervalOf(TimeSpan lifetime) => lifetime / IntervalsPerLifetime;

    /// <summary>Reads a history.</summary>
    /// <param name="text">The text. Null or malformed text gives an empty history, which only delays the collection.</param>
    public static AppliedHistory Parse(string? text)
    {
        var read = new List<(DateTimeOffset, Watermark)>();
        foreach (var sample in (text ?? "").Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            if (sample.Split(':') is not [var at, var watermark] || !TryParseTime(at, out var time))
                return new AppliedHistory([]);
            read.Add((time, Watermark.TryParse(watermark, out var applied) ? applied : default));
        }

        return new AppliedHistory(read);
    }

    /// <summary>Returns whether the next sample is due.</summary>
    /// <param name="now">The server's time.</param>
    /// <param name="lifetime">The longest lifetime of a cache entry.</param>
    public bool IsDue(DateTimeOffset now, TimeSpan lifetime) =>
        samples.Count == 0 || now - samples[^1].At >= IntervalOf(lifetime) || now < samples[^1].At;

    /// <summary>Returns the history with one more sample.</summary>
    /// <param name="now">The server's time.</param>
    /// <param name="applied">Every region has applied every purge up to this watermark; <c>default</c> for none.</param>
    public AppliedHistory With(DateTimeOffset now, Watermark applied) =>
        new([.. samples.Where(sample => sample.At <= now).TakeLast(MaxSamples - 1), (now, applied)]);

    /// <summary>
    /// Returns the newest watermark that every region has had for longer than a cache entry lives. Generations written by purges up to it
    /// may be deleted. Two intervals are added to the lifetime, in case the clock has jumped ahead once.
    /// </summary>
    /// <param name="now">The server's time.</param>
    /// <param name="lifetime">The longest lifetime of a cache entry.</param>
    /// <returns>The watermark; <c>default</c> for none.</returns>
    public Watermark OlderThan(DateTimeOffset now, TimeSpan lifetime)
    {
        var longestGap = MaxGapIntervals * IntervalOf(lifetime);
        var (age, later, newest) = (TimeSpan.Zero, now, default(Watermark));
        foreach (var (at, applied) in samples.Reverse())
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
        ' ',
        samples.Select(sample => string.Create(CultureInfo.InvariantCulture, $"{sample.At.ToUnixTimeMilliseconds()}:{sample.Applied}")));

    private static TimeSpan Clamp(TimeSpan gap, TimeSpan longest) => gap < TimeSpan.Zero ? TimeSpan.Zero : gap < longest ? gap : longest;

    private static bool TryParseTime(string text, out DateTimeOffset time)
    {
        var isTime = long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var milliseconds)
            && milliseconds <= DateTimeOffset.MaxValue.ToUnixTimeMilliseconds();
        time = isTime ? DateTimeOffset.FromUnixTimeMilliseconds(milliseconds) : default;
        return isTime;
    }
}
