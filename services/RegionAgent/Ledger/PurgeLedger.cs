using LastMile.Events.Hosting;
using LastMile.Events.Messages;
using LastMile.Events.Redis;

namespace LastMile.Events.RegionAgent.Ledger;

/// <summary>
/// The purges of the region: which ones exist, which ones are applied, which ones the agent has not received, and how late the region is.
/// Messages may arrive in any order and more than once, and both replication and the agent apply purges. Thread-safe, in bounded memory: a
/// purge that does not fit becomes a gap, which the agent reads from the log later.
/// </summary>
internal sealed class PurgeLedger(TimeProvider time)
{
    internal const int MaxSpans = 20_000;

    private readonly Lock gate = new();
    private readonly PendingPurges pending = new(time);
    private readonly AppliedIntervals intervals = new();
    private readonly ProvedPurges proved = new();
    private readonly MissingWatermarks missing = new(time);
    private readonly GapTimer gap = new(time);
    private int era;
    private bool hasReceived;

    /// <summary>Raised when a new purge is pending.</summary>
    public Signal Work { get; } = new(time);

    /// <summary>Raised when a purge that needs a scan may be pending.</summary>
    public Signal Scans { get; } = new(time);

    /// <summary>Raised with every change, because a gap may have opened or closed.</summary>
    public Signal Updates { get; } = new(time);

    /// <summary>Raised when <see cref="Applied"/> or <see cref="Proved"/> has moved.</summary>
    public event EventHandler? Advanced;

    /// <summary>Whether the agent knows which purges the region had applied when it took over.</summary>
    public bool HasBegun { get; private set; }

    /// <summary>Every purge up to this watermark is known and applied; <c>default</c> until <see cref="HasBegun"/>.</summary>
    public Watermark Applied => Read(() => HasBegun ? intervals.Applied : default);

    /// <summary>
    /// Replication has applied every purge up to this watermark, except those that need a scan; <c>default</c> when it has applied none or
    /// when that is unknown.
    /// </summary>
    public Watermark Proved => Read(() => proved.UpTo);

    /// <summary>Whether an unproven range exists. Replication does not prove its purges. An open range includes future purges.</summary>
    public bool HasUnproven => Read(() => proved.Unproven.Any);

    /// <summary>Whether a purge that replication does not prove is still pending.</summary>
    public bool HasPendingUnproven => Read(() => proved.Unproven.HavePending(intervals.Applied, missing.Newest));

    /// <summary>
    /// The starting watermark for a region without a checkpoint or watermark: just before the first received purge. <c>default</c> when the
    /// agent has received nothing.
    /// </summary>
    public Watermark Earliest => Read(() => hasReceived ? pending.First?.Watermark.Previous ?? missing.Newest : default);

    /// <summary>Starts or restarts from a watermark up to which the region has every purge. Pending purges stay pending.</summary>
    public void Begin(Watermark applied) => Change(() =>
    {
        HasBegun = true;
        intervals.Begin(applied);
        RemoveProved();
        Scans.Raise();
    });

    /// <summary>
    /// Restarts from an earlier watermark, because the region's Redis came back with an old copy of its data. Purges applied after that
    /// watermark count as missing again.
    /// </summary>
    public void FallBack(Watermark applied) => Change(() =>
    {
        era++;
        intervals.FallBack(applied);
    });

    /// <summary>
    /// How often the region has fallen back. Read it before the work that <see cref="Done"/> or <see cref="Cleared"/> reports.
    /// </summary>
    public int Era => Read(() => era);

    /// <summary>Records the primary's watermark.</summary>
    public void Receive(Watermark primary) => Change(() => Expect(primary));

    /// <summary>Records a purge.</summary>
    public void Receive(PurgeApplied batch) => Change(() =>
    {
        Expect(new Watermark(batch.Epoch, batch.Sequence));
        Add(batch, MaxSpans);
    });

    /// <summary>Returns whether a region with this watermark is missing a purge.</summary>
    public bool IsMissingAny(Watermark shown) => Read(() => missing.IsAny(shown));

    /// <inheritdoc cref="MissingWatermarks.Settle"/>
    public Progress Settle(Watermark shown, TimeSpan lateAfter) => Read(() => missing.Settle(shown, lateAfter));

    /// <summary>Compares the expected watermarks with the purges that the region has applied.</summary>
    /// <param name="gapGrace">How long a gap is ignored; see <see cref="Presumed"/>.</param>
    /// <param name="lateAfter">The age from which a batch counts as late.</param>
    public Progress SettleApplied(TimeSpan gapGrace, TimeSpan lateAfter) => Read(() =>
    {
        var progress = missing.Settle(Presumed(gapGrace), lateAfter);
        if (gap.OlderThan(gapGrace) is not null || pending.FirstAfter(intervals.Applied) is not { } oldest)
            return progress;

        // While a gap is ignored, a heartbeat may promise a watermark long before its purges arrive: only received ones can be late.
        var age = time.GetElapsedTime(oldest.ReceivedAt);
        return progress with { Lag = age < progress.Lag ? age : progress.Lag };
    });

    /// <summary>
    /// Records that replication applied every purge up to a watermark, except those that need a scan and those in an unproven range.
    /// </summary>
    public void Prove(Watermark shown) => Change(() =>
    {
        proved.Shown = shown;
        if (HasBegun)
            RemoveProved();
    });

    /// <summary>
    /// Opens an unproven range after a watermark, until <see cref="Trust"/>. Its purges are due at once.
    /// </summary>
    public void MarkUnproven(Watermark after) => Change(() =>
    {
        proved.Unproven.Add(after);
        Work.Raise();
    });

    /// <summary>Closes the unproven range at a watermark. Replication proves later purges again.</summary>
    public void Trust(Watermark from) => Change(() => proved.Unproven.Close(from));

    /// <summary>Records that the agent applied purges. If the region has fallen back since, they stay pending.</summary>
    /// <param name="purges">The purges.</param>
    /// <param name="since">The value of <see cref="Era"/> before the work.</param>
    public void Done(IEnumerable<PendingPurge> purges, int since) => Change(() =>
    {
        if (since != era)
            return;
        foreach (var purge in purges)
            Remove(purge);
    });

    /// <summary>Records a page of the log. No other purges exist in its interval.</summary>
    public void Replay(PurgesReplayed page, Watermark after, Watermark upTo) => Change(() =>
    {
        foreach (var batch in page.Batches)
        {
            if (!Add(batch, maxSpans: int.MaxValue))
            {
                upTo = new Watermark(batch.Epoch, batch.Sequence).Previous;
                break;
            }
        }

        if (upTo > after)
            intervals.Close(after, upTo);
    });

    /// <summary>
    /// Records that the agent dropped the region's whole cache, which applies every purge up to a watermark. Does nothing if the region has
    /// fallen back since.
    /// </summary>
    /// <param name="upTo">The watermark.</param>
    /// <param name="since">The value of <see cref="Era"/> before the agent dropped the cache.</param>
    public void Cleared(Watermark upTo, int since) => Change(() =>
    {
        if (since != era)
            return;
        foreach (var purge in pending.UpTo(upTo))
            Remove(purge);
        HasBegun = true;
        intervals.Begin(upTo > intervals.Applied ? upTo : intervals.Applied);
    });

    /// <summary>
    /// Returns the pending purges that are older than an age or unproven, the oldest first, about as many as fit in one script call.
    /// </summary>
    /// <param name="minAge">The age.</param>
    /// <param name="after">Returns only later purges.</param>
    public IReadOnlyList<PendingPurge> Due(TimeSpan minAge, Watermark after = default) =>
        Read(() => pending.Due(minAge, proved.Unproven.Contains, after));

    /// <summary>Returns the oldest purge that needs a scan; null for none.</summary>
    public PendingPurge? Scan() => Read(() => pending.FirstScan);

    /// <summary>Returns whether a purge that needs no scan is pending.</summary>
    public bool IsWaiting() => Read(() => pending.HasOrdinary);

    /// <summary>Returns the first gap that has lasted for a time; null for none, or while the ledger has no room for its purges.</summary>
    public Gap? FindGap(TimeSpan minAge)
    {
        lock (gate)
        {
            // Count pending purges only: applied purges beyond the gap are freed when the gap closes.
            var hasRoom = pending.IsHalfEmpty && pending.Count < MaxSpans / 2;
            gap.Update(HasBegun && hasRoom ? intervals.FirstGap(missing.Newest) : null);
            return gap.OlderThan(minAge);
        }
    }

    /// <summary>Whether <see cref="FindGap"/> last found a gap of any age. If so, call it again.</summary>
    public bool HasGap => Read(() => gap.IsRunning);

    /// <summary>
    /// Returns the watermark up to which the region has applied every received purge. Ignores a gap that <see cref="FindGap"/> first saw
    /// less than <paramref name="grace"/> ago: the next message closes most gaps, and some sequences were never a purge.
    /// </summary>
    public Watermark Presumed(TimeSpan grace)
    {
        lock (gate)
        {
            if (!HasBegun)
                return default;
            if (gap.OlderThan(grace) is not null)
                return intervals.Applied;
            return pending.FirstAfter(intervals.Applied)?.Watermark.Previous ?? Max(missing.Newest, intervals.Applied);
        }
    }

    /// <summary>
    /// Discards everything except the missing watermarks, because another agent may have been active. Their age does not depend on which
    /// agent received them.
    /// </summary>
    public void Reset()
    {
        lock (gate)
        {
            (HasBegun, hasReceived) = (false, false);
            pending.Clear();
            proved.Clear();
            gap.Clear();
            intervals.Clear();
        }
    }

    private static Watermark Max(Watermark one, Watermark other) => one > other ? one : other;

    private void Expect(Watermark watermark)
    {
        hasReceived = true;
        missing.Expect(watermark);
    }

    private bool Add(PurgeApplied batch, int maxSpans)
    {
        var purge = new PendingPurge(new Watermark(batch.Epoch, batch.Sequence), batch, time.GetTimestamp());
        if (pending.Contains(purge.Watermark))
            return true;

        var proven = HasBegun && proved.Contains(purge);
        if ((!proven && !pending.HasRoomFor(purge)) || intervals.Count >= maxSpans)
            return false;

        intervals.Add(purge.Watermark);
        if (proven)
        {
            intervals.Done(purge.Watermark);
            return true;
        }

        pending.Add(purge);
        Work.Raise();
        if (purge.IsScan)
            Scans.Raise();
        return true;
    }

    private void RemoveProved()
    {
        foreach (var purge in pending.UpTo(proved.Shown).Where(proved.Contains))
            Remove(purge);
    }

    private void Remove(PendingPurge purge)
    {
        pending.Remove(purge);
        intervals.Done(purge.Watermark);
    }

    private T Read<T>(Func<T> read)
    {
        lock (gate)
            return read();
    }

    private void Change(Action change)
    {
        bool advanced;
        lock (gate)
        {
            var before = (intervals.Applied, proved.UpTo);
            change();
            proved.Unproven.RemoveApplied(intervals.Applied);
            advanced = (intervals.Applied, proved.UpTo) != before;
        }

        Updates.Raise();
        if (advanced)
            Advanced?.Invoke(this, EventArgs.Empty);
    }
}
