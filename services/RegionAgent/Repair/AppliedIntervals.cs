using LastMile.Events.Redis;

namespace LastMile.Events.RegionAgent.Repair;

/// <summary>
/// Which stretches of the watermarks' row are known, and which of them are done. Sequences of an epoch follow each other; where an epoch
/// ends only the log can tell, so between two epochs there is a gap until a replay has closed it. Not thread-safe.
/// </summary>
internal sealed class AppliedIntervals
{
    private readonly SortedDictionary<Watermark, Span> spans = [];

    /// <summary>All up to here is known and done.</summary>
    public Watermark Applied { get; private set; }

    /// <summary>What it takes of memory, in entries: nothing while all comes in order.</summary>
    public int Count => spans.Count;

    /// <summary>Begins anew from a place: what lies beyond it stays as it is.</summary>
    public void Begin(Watermark applied)
    {
        Applied = applied;
        Advance();
    }

    /// <summary>Begins again from a place, with nothing beyond it done.</summary>
    public void FallBack(Watermark applied)
    {
        foreach (var done in spans.Where(entry => entry.Value.Done).Select(entry => entry.Key).ToList())
            spans.Remove(done);
        Begin(applied);
    }

    /// <summary>Forgets everything.</summary>
    public void Clear()
    {
        Applied = default;
        spans.Clear();
    }

    /// <summary>A batch is known.</summary>
    public void Add(Watermark batch) => Add(batch.Previous, batch, done: false);

    /// <summary>A batch is done.</summary>
    public void Done(Watermark batch)
    {
        if (!spans.TryGetValue(batch, out var span))
            return;
        span.Done = true;
        Advance();
    }

    /// <summary>Between two places there is nothing but what is known by now.</summary>
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

    /// <summary>The first stretch of which nothing is known; null when all up to <paramref name="owed"/> is known.</summary>
    public Gap? FirstGap(Watermark owed)
    {
        var reach = Applied;
        foreach (var (to, span) in spans)
        {
            if (span.From > reach)
                return new Gap(reach, span.From);
            reach = to > reach ? to : reach;
        }

        return owed > reach ? new Gap(reach, owed) : null;
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

/// <summary>A stretch of which nothing is known.</summary>
/// <param name="After">The last place before it that is known.</param>
/// <param name="UpTo">Its end.</param>
internal sealed record Gap(Watermark After, Watermark UpTo)
{
    /// <summary>Whether this is what is left, or what has become, of a gap: one end is where it was.</summary>
    public bool IsPartOf(Gap earlier) => After == earlier.After || UpTo == earlier.UpTo;
}
