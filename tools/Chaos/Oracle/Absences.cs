using LastMile.Events.Chaos.Plan;

namespace LastMile.Events.Chaos.Oracle;

/// <summary>
/// Records when faults took away parts that a purge needs, and judges which part of a stale time they excuse: the time when the region's
/// agent was away, when no purge could be made, or when the bus and the purge log were away at the same time. Thread-safe.
/// </summary>
/// <param name="time">The clock of the timestamps.</param>
internal sealed class Absences(TimeProvider time)
{
    /// <summary>How long a part may need to be back in use after its fault is mended.</summary>
    public static readonly TimeSpan Recovery = TimeSpan.FromSeconds(3);

    private readonly List<Window> windows = [];
    private readonly Lock gate = new();

    /// <summary>Records the beginning of a fault.</summary>
    /// <returns>The action to call when it is mended.</returns>
    public Action Begin(PlannedFault fault)
    {
        var window = new Window(fault.Kind, fault.Target, time.GetTimestamp());
        lock (gate)
            windows.Add(window);
        return () =>
        {
            lock (gate)
                window.To = time.GetTimestamp() + (long)(Recovery.TotalSeconds * time.TimestampFrequency);
        };
    }

    /// <summary>Returns how much of a region's stale time no absence excuses, and what excuses the rest.</summary>
    public (TimeSpan Unexcused, string? Excuse) Judge(string region, StaleSpan span)
    {
        (long From, long To)[] agent, purging, both;
        lock (gate)
        {
            agent = Of(Absence.Agent, region);
            purging = Of(Absence.Purging);
            both = Intersect(Of(Absence.Bus), Of(Absence.Log));
        }

        List<string> excuses = [];
        AddIfItOverlaps(agent, "agent away");
        AddIfItOverlaps(purging, "no purge possible");
        AddIfItOverlaps(both, "bus and API away");
        var excused = Length(Clip([.. agent, .. purging, .. both], span));
        return (time.GetElapsedTime(span.From, span.To - excused), excuses.Count == 0 ? null : string.Join(", ", excuses));

        void AddIfItOverlaps((long, long)[] intervals, string excuse)
        {
            if (Clip(intervals, span).Length > 0)
                excuses.Add(excuse);
        }
    }

    /// <summary>Returns the faults that lasted during a part of a stale time, or for <see cref="Recovery"/> before it.</summary>
    public string FaultsDuring(StaleSpan span)
    {
        lock (gate)
        {
            string[] faults =
            [
                .. windows.Where(window => window.From < span.To && window.To > span.From).Select(window => window.Kind.Name)
                    .Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal),
            ];
            return faults.Length == 0 ? "none" : string.Join(" and ", faults);
        }
    }

    private (long From, long To)[] Of(Absence absence, string? target = null) =>
    [
        .. windows.Where(window => window.Kind.Away.HasFlag(absence) && (target is null || window.Target == target))
            .Select(window => (window.From, window.To)),
    ];

    private static (long From, long To)[] Intersect((long From, long To)[] first, (long From, long To)[] second) =>
        [.. first.SelectMany(one => Clip(second, new StaleSpan(one.From, one.To)))];

    private static (long From, long To)[] Clip((long From, long To)[] intervals, StaleSpan span) =>
    [
        .. intervals.Select(one => (From: Math.Max(one.From, span.From), To: Math.Min(one.To, span.To))).Where(one => one.From < one.To),
    ];

    // The length of the union.
    private static long Length((long From, long To)[] intervals)
    {
        var (length, end) = (0L, long.MinValue);
        foreach (var (from, to) in intervals.OrderBy(one => one.From))
        {
            length += Math.Max(0, to - Math.Max(from, end));
            end = Math.Max(end, to);
        }

        return length;
    }

    private sealed record Window(FaultKind Kind, string Target, long From)
    {
        /// <summary>The end, including the recovery; far away while the fault lasts.</summary>
        public long To { get; set; } = long.MaxValue;
    }
}
