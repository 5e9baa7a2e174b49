using LastMile.Events.Redis;

namespace LastMile.Events.RegionAgent.Ledger;

/// <summary>
/// The watermarks that the region has not reached, and when the agent received each. Messages may arrive in any order and more than once.
/// Not thread-safe.
/// </summary>
/// <remarks>
/// A watermark received after a greater one adds nothing: a region that shows the greater one has both, and a region that does not is
/// already late by an older message. So the missing watermarks form a rising sequence, and the first entry determines the lag.
/// </remarks>
internal sealed class MissingWatermarks(TimeProvider time)
{
    internal const int Capacity = 1_024;

    private readonly List<(Watermark Watermark, long ReceivedAt)> missing = [];
    private long? lastMessageAt;
    private Watermark settled;

    // One watermark per entry, except while too many are missing to give each its own entry.
    private int watermarksPerEntry = 1;
    private int watermarksInLast;

    /// <summary>The newest watermark that the region must reach; <c>default</c> for none.</summary>
    public Watermark Newest { get; private set; }

    /// <summary>The number of entries in memory.</summary>
    internal int Entries => missing.Count;

    /// <summary>Records a watermark that the region must reach.</summary>
    public void Expect(Watermark watermark)
    {
        lastMessageAt = time.GetTimestamp();
        if (watermark <= Newest)
            return;

        if (Newest == default)
            settled = new Watermark(watermark.Epoch, Math.Max(0, watermark.Sequence - 1));
        Newest = watermark;
        if (missing.Count > 0 && watermarksInLast < watermarksPerEntry)
            missing[^1] = missing[^1] with { Watermark = watermark };
        else
            Add(watermark);
        watermarksInLast++;
    }

    /// <summary>Returns whether the region has not reached the newest expected watermark.</summary>
    public bool IsAny(Watermark shown) => missing.Count > 0 && Newest > shown;

    /// <summary>Compares the expected watermarks with the region's, and removes those that it has reached.</summary>
    /// <param name="shown">The region's watermark; <c>default</c> for none.</param>
    /// <param name="lateAfter">The age from which a batch counts as late.</param>
    public Progress Settle(Watermark shown, TimeSpan lateAfter)
    {
        // A region restored from an old copy is missing purges that it had applied. A region without a watermark was emptied, so it
        // holds nothing stale.
        if (missing.Count == 0 && shown != default && shown < Newest)
        {
            settled = shown;
            Add(Newest);
        }

        var reached = missing.FindIndex(entry => entry.Watermark > shown) is >= 0 and var first ? first : missing.Count;
        var late = missing.Take(reached).Sum(entry => Late(entry.Watermark, entry.ReceivedAt));
        missing.RemoveRange(0, reached);
        if (missing.Count < Capacity / 2)
            watermarksPerEntry = 1;
        if (missing.Count == 0)
            return new Progress(lastMessageAt is not null, MessageAge(), Newest, TimeSpan.Zero, 0, late);

        var oldest = missing[0];
        if (shown > settled && shown.Epoch == oldest.Watermark.Epoch)
            late += Late(shown, oldest.ReceivedAt);
        var lag = time.GetElapsedTime(oldest.ReceivedAt);
        return new Progress(lastMessageAt is not null, MessageAge(), Newest, lag, Newest.BatchesSince(shown), late);

        long Late(Watermark upTo, long receivedAt)
        {
            var batches = upTo.BatchesSince(settled);
            settled = upTo;
            return time.GetElapsedTime(receivedAt) >= lateAfter ? batches : 0;
        }
    }

    private TimeSpan MessageAge() => lastMessageAt is { } at ? time.GetElapsedTime(at) : TimeSpan.Zero;

    private void Add(Watermark watermark)
    {
        if (missing.Count == Capacity)
            Coarsen();
        missing.Add((watermark, time.GetTimestamp()));
        watermarksInLast = 0;
    }

    /// <summary>
    /// Merges neighboring entries and keeps the older time, so that an hour of outage takes as little memory as a second, at a coarser
    /// resolution.
    /// </summary>
    private void Coarsen()
    {
        var joined = missing.Chunk(2).Select(pair => (pair[^1].Watermark, pair[0].ReceivedAt)).ToList();
        missing.Clear();
        missing.AddRange(joined);
        watermarksPerEntry *= 2;
    }
}

/// <summary>How far a region is behind its expected watermark.</summary>
/// <param name="Received">Whether the agent has received a message from the bus since its start.</param>
/// <param name="MessageAge">The time since the last message; zero before the first one.</param>
/// <param name="Expected">The newest expected watermark.</param>
/// <param name="Lag">The age of the oldest missing watermark, by the monotonic clock; zero when none is missing.</param>
/// <param name="Behind">The number of missing batches.</param>
/// <param name="Late">Batches that arrived late since the last call.</param>
internal sealed record Progress(bool Received, TimeSpan MessageAge, Watermark Expected, TimeSpan Lag, long Behind, long Late);
