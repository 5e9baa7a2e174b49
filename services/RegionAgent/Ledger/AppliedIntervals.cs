using LastMile.Events.Redis;

namespace LastMile.Events.RegionAgent.Ledger;

/// <summary>
/// The known intervals of the watermark sequence, and which of them are applied. The sequences of an epoch are contiguous, but only the log
/// knows where an epoch ends, so the boundary between two epochs is a gap until a replay closes it. Not thread-safe.
/// </summary>
internal sealed class AppliedIntervals
{
    private readonly SortedDictionary<Watermark, Span> spans = [];

    /// <summary>Every batch up to this watermark is known and applied.</summary>
    public Watermark Applied { get; private set; }

    /// <summary>The number of entries in memory: none while all batches arrive in order.</summary>
    public int Count => spans.Count;

    /// <summary>Restarts from a watermark, and keeps the intervals beyond it.</summary>
    public void Begin(Watermark applied)
    {
        Applied = applied;
        Advance();
    }

    /// <summary>Restarts from a watermark, and discards the applied intervals beyond it.</summary>
    public void FallBack(Watermark applied)
    {
        foreach (var done in spans.Where(entry => entry.Value.Done).Select(entry => entry.Key).ToList())
            spans.Remove(done);
        Begin(applied);
    }

    /// <summary>Discards everything.</summary>
    public void Clear()
    {
        Applied = default;
        spans.Clear();
    }

    /// <summary>Records a known batch.</summary>
    public void Add(Watermark batch) => Add(batch.Previous, batch, done: false);

    /// <summary>Records that a known batch is applied.</summary>
    public void Done(Watermark batch)
    {
        if (!spans.TryGetValue(batch, out var span))
            return;
        span.Done = true;
        Advance();
    }

    /// <summary>Records that no batches other than the known ones exist between two watermarks.</summary>
    public void Close(Watermark after, Watermark upTo)
    {
        var reach = after;
        foreach (var (to, span) in spans.SkipWhile(entry => entry.Key <= after).TakeWhile(entry => entry.Key <= upTo))
        {
            span.From = span.From < reach ? span.From : reach;
            reach = to;
        }

        if (reach < upTo)
            Add(reach, upTo, done: true);
        Advance();
    }

    /// <summary>Returns the first unknown interval; null when every batch up to <paramref name="expected"/> is known.</summary>
    public Gap? FirstGap(Watermark expected)
    {
        var reach = Applied;
        foreach (var (to, span) in spans)
        {
            if (span.From > reach)
                return new Gap(reach, span.From);
            reach = to > reach ? to : reach;
        }

        return expected > reach ? new Gap(reach, expected) : null;
    }

    private void Add(Watermark from, Watermark to, bool done)
    {
        if (to <= Applied)
            return;
        if (spans.TryGetValue(to, out var known))
            known.From = from < known.From ? from : known.From;
        else
            spans.Add(to, new Span { From = from, Done = done });
    }

    private void Advance()
    {
        while (spans.Count > 0 && spans.First() is var (to, span) && (to <= Applied || (span.From <= Applied && span.Done)))
        {
            Applied = to > Applied ? to : Applied;
            spans.Remove(to);
        }
    }

    private sealed class Span
    {
        public required Watermark From { get; set; }

        public bool Done { get; set; }
    }
}

/// <summary>An interval of unknown batches.</summary>
/// <param name="After">The last known watermark before the gap.</param>
/// <param name="UpTo">The end of the gap, inclusive.</param>
internal sealed record Gap(Watermark After, Watermark UpTo)
{
    /// <summary>Returns whether this gap is the rest of an earlier gap, or has grown from it: the two share an end.</summary>
    public bool IsPartOf(Gap earlier) => After == earlier.After || UpTo == earlier.UpTo;
}
