using LastMile.Events.Redis;

namespace LastMile.Events.RegionAgent.Expected;

/// <summary>
/// What the bus has told the region to expect, and when each part of it was heard. Messages may come in any order and more than once.
/// Thread-safe.
/// </summary>
/// <remarks>
/// A watermark that comes after a greater one says nothing new: who shows the greater shows both, and who does not has been late for
/// longer with that. So what is missing is a rising sequence, and its first entry gives the lag.
/// </remarks>
internal sealed class ExpectedWatermarks(TimeProvider time)
{
    internal const int Capacity = 1_024;

    private readonly Lock gate = new();
    private readonly List<(Watermark Watermark, long ReceivedAt)> missing = [];
    private long? lastMessageAt;
    private Watermark highest;
    private Watermark settled;

    // Words to an entry: more than one only while so much is missing that each could not have an entry of its own.
    private int grain = 1;
    private int wordsInLast;

    /// <summary>What it takes of memory, in entries.</summary>
    internal int Entries => missing.Count;

    /// <summary>Notes a watermark that the region is to show.</summary>
    public void Expect(Watermark watermark)
    {
        lock (gate)
        {
            lastMessageAt = time.GetTimestamp();
            if (watermark <= highest)
                return;

            if (highest == default)
                settled = new Watermark(watermark.Epoch, Math.Max(0, watermark.Sequence - 1));
            highest = watermark;
            if (missing.Count > 0 && wordsInLast < grain)
                missing[^1] = missing[^1] with { Watermark = watermark };
            else
                Add(watermark);
            wordsInLast++;
        }
    }

    /// <summary>Whether the region is to show more than it does.</summary>
    public bool IsAheadOf(Watermark shown)
    {
        lock (gate)
            return missing.Count > 0 && highest > shown;
    }

    /// <summary>Compares with what the region shows and forgets what is done.</summary>
    /// <param name="shown">What the region shows; <c>default</c> when nothing.</param>
    /// <param name="lateAfter">The age from which a batch counts as late.</param>
    public Progress Settle(Watermark shown, TimeSpan lateAfter)
    {
        lock (gate)
        {
            // A region that falls back, restored from an old copy, lacks again what it had. One that shows nothing was emptied: it
            // holds nothing stale.
            if (missing.Count == 0 && shown != default && shown < highest)
            {
                settled = shown;
                Add(highest);
            }

            var done = missing.FindIndex(entry => entry.Watermark > shown) is >= 0 and var first ? first : missing.Count;
            var late = missing.Take(done).Sum(entry => Late(entry.Watermark, entry.ReceivedAt));
            missing.RemoveRange(0, done);
            if (missing.Count < Capacity / 2)
                grain = 1;
            if (missing.Count == 0)
                return new Progress(lastMessageAt is not null, MessageAge(), highest, TimeSpan.Zero, 0, late);

            var oldest = missing[0];
            if (shown > settled && shown.Epoch == oldest.Watermark.Epoch)
                late += Late(shown, oldest.ReceivedAt);
            return new Progress(lastMessageAt is not null, MessageAge(), highest, time.GetElapsedTime(oldest.ReceivedAt), highest.BatchesSince(shown), late);
        }

        long Late(Watermark upTo, long lastMessageAt)
        {
            var batches = upTo.BatchesSince(settled);
            settled = upTo;
            return time.GetElapsedTime(lastMessageAt) >= lateAfter ? batches : 0;
        }
    }

    private TimeSpan MessageAge() => lastMessageAt is { } at ? time.GetElapsedTime(at) : TimeSpan.Zero;

    private void Add(Watermark watermark)
    {
        if (missing.Count == Capacity)
            Coarsen();
        missing.Add((watermark, time.GetTimestamp()));
        wordsInLast = 0;
    }

    /// <summary>Joins neighbours, under the time of the older: an hour of outage is told in as much memory as a second, less finely.</summary>
    private void Coarsen()
    {
        var joined = missing.Chunk(2).Select(pair => (pair[^1].Watermark, pair[0].ReceivedAt)).ToList();
        missing.Clear();
        missing.AddRange(joined);
        grain *= 2;
    }
}

/// <summary>How far a region is behind what is expected of it.</summary>
/// <param name="Heard">Whether anything was heard on the bus since the start.</param>
/// <param name="MessageAge">For how long nothing was heard since; zero before the first word.</param>
/// <param name="Expected">The newest watermark expected.</param>
/// <param name="Lag">The age of the oldest one that the region lacks, by the monotonic clock; zero when it lacks none.</param>
/// <param name="Behind">Batches it lacks.</param>
/// <param name="Late">Batches that arrived late since the last look.</param>
internal sealed record Progress(bool Received, TimeSpan MessageAge, Watermark Expected, TimeSpan Lag, long Behind, long Late);
