using LastMile.Events.Messages;
using LastMile.Events.Redis;

namespace LastMile.Events.RegionAgent.Repair;

/// <summary>
/// What the region owes: which purges were made, which of them it has, and of which nothing was heard. Messages may come in any order
/// and more than once; replication and the agent itself both tick off. Thread-safe, in bounded memory: what there is no room for is
/// a gap like any other, and is read from the log when there is.
/// </summary>
internal sealed class PurgeLedger(TimeProvider time)
{
    internal const int MostSpans = 20_000;

    private readonly Lock gate = new();
    private readonly PendingPurges pending = new(time);
    private readonly AppliedIntervals coverage = new();
    private readonly UnprovenRanges unproven = new();
    private Watermark owed;
    private Watermark proved;
    private int era;
    private (Gap Gap, long Since)? gap;

    /// <summary>Raised when a purge has come that waits.</summary>
    public Signal Work { get; } = new(time);

    /// <summary>Raised when there may be a purge that keys must be looked for.</summary>
    public Signal Scans { get; } = new(time);

    /// <summary>Raised with whatever changes: there may be a gap, or none any more.</summary>
    public Signal News { get; } = new(time);

    /// <summary>Raised when <see cref="Applied"/> or <see cref="Proved"/> has moved.</summary>
    public event EventHandler? Advanced;

    /// <summary>Whether it is known what the region had when the agent took over.</summary>
    public bool HasBegun { get; private set; }

    /// <summary>All purges up to here are known and done; <c>default</c> before it has begun.</summary>
    public Watermark Applied
    {
        get
        {
            lock (gate)
                return HasBegun ? coverage.Applied : default;
        }
    }

    /// <summary>Up to here replication has brought everything, but for what only a scan can do; <c>default</c> where it has not, or nothing is known.</summary>
    public Watermark Proved
    {
        get
        {
            lock (gate)
                return ProvedNow;
        }
    }

    /// <summary>Whether replication is no proof of some purges, or of the next ones.</summary>
    public bool HasUnproven
    {
        get
        {
            lock (gate)
                return unproven.Any;
        }
    }

    /// <summary>Whether one of the purges that replication is no proof of is not done yet.</summary>
    public bool OwesUnproven
    {
        get
        {
            lock (gate)
                return unproven.AreOwed(coverage.Applied, owed);
        }
    }

    /// <summary>Where a region begins of which nothing is known: before the first that was heard of. <c>default</c> when nothing was.</summary>
    public Watermark Earliest
    {
        get
        {
            lock (gate)
                return pending.First?.Watermark.Previous ?? owed;
        }
    }

    /// <summary>Begins, or begins anew: the region has all up to a place, and of what comes after it only what is pending is known.</summary>
    public void Begin(Watermark applied) => Change(() =>
    {
        HasBegun = true;
        coverage.Begin(applied);
        RemoveProved();
        Scans.Raise();
    });

    /// <summary>The region came back with an old copy of its data: it has all up to a place, and nothing of what was done since.</summary>
    public void FallBack(Watermark applied) => Change(() =>
    {
        era++;
        coverage.FallBack(applied);
    });

    /// <summary>Counts the times that the region has lost what was done. Read it before the work that <see cref="Done"/> or <see cref="Cleared"/> reports.</summary>
    public int Era
    {
        get
        {
            lock (gate)
                return era;
        }
    }

    /// <summary>The primary has come so far.</summary>
    public void Hear(Watermark primary) => Change(() => owed = primary > owed ? primary : owed);

    /// <summary>A purge was made.</summary>
    public void Hear(PurgeApplied batch) => Change(() => Add(batch, MostSpans));

    /// <summary>Replication has brought all up to a place, but for what only a scan can do, and for what is in doubt.</summary>
    public void Prove(Watermark shown) => Change(() =>
    {
        proved = shown;
        if (HasBegun)
            RemoveProved();
    });

    /// <summary>Replication is no proof of what follows a place, until <see cref="Trust"/>: such purges are due at once.</summary>
    public void MarkUnproven(Watermark after) => Change(() =>
    {
        unproven.Add(after);
        Work.Raise();
    });

    /// <summary>Of what follows a place, replication is proof again.</summary>
    public void Trust(Watermark from) => Change(() => unproven.Close(from));

    /// <summary>Purges are done, unless the region has fallen back since: then they still wait.</summary>
    /// <param name="purges">The purges.</param>
    /// <param name="since"><see cref="Era"/> from before the work.</param>
    public void Done(IEnumerable<PendingPurge> purges, int since) => Change(() =>
    {
        if (since != era)
            return;
        foreach (var purge in purges)
            Remove(purge);
    });

    /// <summary>The log was read: of a stretch nothing more will be heard than what it holds.</summary>
    public void Replay(PurgesReplayed page, Watermark after, Watermark upTo) => Change(() =>
    {
        foreach (var batch in page.Batches)
        {
            if (!Add(batch, mostSpans: int.MaxValue))
            {
                upTo = new Watermark(batch.Epoch, batch.Sequence).Previous;
                break;
            }
        }

        if (upTo > after)
            coverage.Close(after, upTo);
    });

    /// <summary>The region holds nothing that any purge up to a place names, unless it has fallen back since.</summary>
    /// <param name="upTo">The place.</param>
    /// <param name="since"><see cref="Era"/> from before the region was cleared.</param>
    public void Cleared(Watermark upTo, int since) => Change(() =>
    {
        if (since != era)
            return;
        foreach (var purge in pending.UpTo(upTo))
            Remove(purge);
        HasBegun = true;
        coverage.Begin(upTo > coverage.Applied ? upTo : coverage.Applied);
    });

    /// <summary>Purges that have waited for so long, the oldest first, about as many as one call takes.</summary>
    public IReadOnlyList<PendingPurge> Due(TimeSpan patience)
    {
        lock (gate)
            return pending.Due(patience, unproven.Hold);
    }

    /// <summary>The oldest purge that keys must be looked for; null for none.</summary>
    public PendingPurge? Scan()
    {
        lock (gate)
            return pending.FirstScan;
    }

    /// <summary>Whether a purge waits that no scan is needed for.</summary>
    public bool IsWaiting()
    {
        lock (gate)
            return pending.HasOrdinary;
    }

    /// <summary>A stretch of which nothing was heard for so long, if there is room for what it holds.</summary>
    public Gap? Missing(TimeSpan patience)
    {
        lock (gate)
        {
            // What is done and lies behind the gap needs no room: closing the gap makes room.
            var first = HasBegun && pending.IsHalfEmpty && pending.Count < MostSpans / 2 ? coverage.FirstGap(owed) : null;
            gap = first is null ? null : (first, gap is { } known && first.IsPartOf(known.Gap) ? known.Since : time.GetTimestamp());
            return gap is { } missing && time.GetElapsedTime(missing.Since) >= patience ? missing.Gap : null;
        }
    }

    /// <summary>Whether <see cref="Missing"/> knows of a gap, however young: it is to be asked again.</summary>
    public bool KnowsGap
    {
        get
        {
            lock (gate)
                return gap is not null;
        }
    }

    /// <summary>
    /// The place up to which the region has all that it was told. A gap that <see cref="Missing"/> has known for less than
    /// <paramref name="grace"/> does not count: most are closed by the next message, or were never a purge.
    /// </summary>
    public Watermark Presumed(TimeSpan grace)
    {
        lock (gate)
        {
            if (!HasBegun)
                return default;
            if (gap is { } missing && time.GetElapsedTime(missing.Since) >= grace)
                return coverage.Applied;
            return pending.FirstAfter(coverage.Applied)?.Watermark.Previous ?? Max(owed, coverage.Applied);
        }
    }

    /// <summary>Forgets everything: another agent may have worked meanwhile.</summary>
    public void Reset()
    {
        lock (gate)
        {
            pending.Clear();
            unproven.Clear();
            (HasBegun, owed, proved, gap) = (false, default, default, null);
            coverage.Clear();
        }
    }

    private static Watermark Max(Watermark one, Watermark other) => one > other ? one : other;

    private bool Add(PurgeApplied batch, int mostSpans)
    {
        var purge = new PendingPurge(new Watermark(batch.Epoch, batch.Sequence), batch, time.GetTimestamp());
        owed = Max(owed, purge.Watermark);
        if (pending.Contains(purge.Watermark))
            return true;

        var proven = HasBegun && IsProved(purge);
        if ((!proven && !pending.HasRoomFor(purge)) || coverage.Count >= mostSpans)
            return false;

        coverage.Add(purge.Watermark);
        if (proven)
        {
            coverage.Done(purge.Watermark);
            return true;
        }

        pending.Add(purge);
        Work.Raise();
        if (purge.IsScan)
            Scans.Raise();
        return true;
    }

    private Watermark ProvedNow => unproven.Begin is { } doubted && doubted < proved ? doubted : proved;

    private bool IsProved(PendingPurge purge) => !purge.IsScan && purge.Watermark <= proved && !unproven.Hold(purge.Watermark);

    private void RemoveProved()
    {
        foreach (var purge in pending.UpTo(proved).Where(IsProved))
            Remove(purge);
    }

    private void Remove(PendingPurge purge)
    {
        pending.Remove(purge);
        coverage.Done(purge.Watermark);
    }

    private void Change(Action change)
    {
        bool advanced;
        lock (gate)
        {
            var before = (coverage.Applied, ProvedNow);
            change();
            unproven.Forget(coverage.Applied);
            advanced = (coverage.Applied, ProvedNow) != before;
        }

        News.Raise();
        if (advanced)
            Advanced?.Invoke(this, EventArgs.Empty);
    }
}
