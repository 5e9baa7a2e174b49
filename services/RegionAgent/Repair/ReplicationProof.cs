using LastMile.Events.Redis;

namespace LastMile.Events.RegionAgent.Repair;

/// <summary>
/// Decides how far a replica's watermark is proof. A replica that refuses a replicated command, most often because it is at maxmemory, goes on
/// with the next one: its watermark then passes a purge that it has not applied. It counts such errors, so a watermark is proof only where the
/// count, read with it, is what it was. Otherwise the agent applies the purges itself, up to the next that replication has brought since.
/// Thread-safe.
/// </summary>
internal sealed class ReplicationProof(PurgeLedger ledger)
{
    private readonly Lock gate = new();
    private RegionLook? last;
    private StreamErrors? trusted;
    private Watermark? doubtedAt;
    private long refused;

    /// <summary>Whether the region was looked at.</summary>
    public bool HasLooked
    {
        get
        {
            lock (gate)
                return last is not null;
        }
    }

    /// <summary>The errors that were known when replication was last proof of everything; null for never. What a checkpoint carries.</summary>
    public StreamErrors? Trusted
    {
        get
        {
            lock (gate)
            {
                return ledger.HasUnproven ? trusted : last?.Errors;
            }
        }
    }

    /// <summary>Returns how many replicated commands the region has refused since the last call.</summary>
    public long TakeRefused()
    {
        lock (gate)
        {
            var taken = refused;
            refused = 0;
            return taken;
        }
    }

    /// <summary>The region was looked at. Looks come one after the other.</summary>
    public void See(RegionLook look)
    {
        lock (gate)
        {
            var before = last;
            trusted = ledger.HasUnproven ? trusted : before?.Errors;
            last = look;
            if (before is not null && before.Errors != look.Errors)
                MarkUnproven(before.Shown, before.Errors, look);
            else if (doubtedAt is { } place && look.Shown > place)
                Trust(look.Shown);
            ledger.Prove(look.Shown);
        }
    }

    /// <summary>Forgets what was known as the working agent: another one may have worked since.</summary>
    public void Reset()
    {
        lock (gate)
        {
            (doubtedAt, trusted, refused) = (null, null, 0);
            ledger.Reset();
        }
    }

    /// <summary>This agent takes over, after the first look.</summary>
    /// <param name="applied">All up to here is done.</param>
    /// <param name="left">The checkpoint that the agent before has left; null where there is none. An earlier version noted no errors with it.</param>
    public void Begin(Watermark applied, Checkpoint? left)
    {
        lock (gate)
        {
            trusted = left?.Stream;
            if (left is not null && left.Stream != last!.Errors)
                MarkUnproven(applied, left.Stream ?? last.Errors, last);
            ledger.Begin(applied);
            ledger.Prove(last!.Shown);
        }
    }

    // A command that was refused before this look may belong to a purge beyond what it shows. All of these come before the next that arrives.
    private void MarkUnproven(Watermark after, StreamErrors known, RegionLook look)
    {
        doubtedAt = look.Shown;
        refused += look.Errors.Since(known);
        ledger.MarkUnproven(after);
    }

    private void Trust(Watermark shown)
    {
        doubtedAt = null;
        ledger.Trust(shown);
    }
}
