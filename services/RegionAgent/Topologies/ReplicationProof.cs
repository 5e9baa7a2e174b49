using LastMile.Events.Redis;
using LastMile.Events.RegionAgent.Ledger;

namespace LastMile.Events.RegionAgent.Topologies;

/// <summary>
/// Decides how far a replica's watermark proves its purges. A replica that refuses a replicated command, usually because it is at
/// maxmemory, continues with the next one, so its watermark can pass a purge that it has not applied. The replica counts such errors: a
/// watermark is proof only while the count, read with it, is unchanged. Otherwise the agent applies the purges up to the next one that
/// replication delivers. Thread-safe.
/// </summary>
internal sealed class ReplicationProof(PurgeLedger ledger)
{
    private readonly Lock gate = new();
    private RegionSample? last;
    private StreamErrors? trusted;
    private Watermark? unprovenAt;
    private long refused;

    /// <summary>Whether the agent has sampled the region.</summary>
    public bool HasSample
    {
        get
        {
            lock (gate)
                return last is not null;
        }
    }

    /// <summary>
    /// The error count at which replication last proved every purge; null for never. The agent saves it with its checkpoint.
    /// </summary>
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

    /// <summary>Returns how many replicated commands the region refused since the last call.</summary>
    public long TakeRefused()
    {
        lock (gate)
        {
            var taken = refused;
            refused = 0;
            return taken;
        }
    }

    /// <summary>Records a sample. Samples don't overlap.</summary>
    public void RecordSample(RegionSample sample)
    {
        lock (gate)
        {
            var before = last;
            trusted = ledger.HasUnproven ? trusted : before?.Errors;
            last = sample;
            if (before is not null && before.Errors != sample.Errors)
                MarkUnproven(before.Shown, before.Errors, sample);
            else if (unprovenAt is { } shown && sample.Shown > shown)
                Trust(sample.Shown);
            ledger.Prove(sample.Shown);
        }
    }

    /// <summary>Discards the state of the active agent, because another agent may have been active since.</summary>
    public void Reset()
    {
        lock (gate)
        {
            (unprovenAt, trusted, refused) = (null, null, 0);
            ledger.Reset();
        }
    }

    /// <summary>Starts from the previous agent's checkpoint when this agent takes over. Call it after the first sample.</summary>
    /// <param name="applied">Every purge up to this watermark is applied.</param>
    /// <param name="previous">
    /// The previous agent's checkpoint; null for none. A checkpoint of an earlier version contains no error count.
    /// </param>
    public void Begin(Watermark applied, Checkpoint? previous)
    {
        lock (gate)
        {
            trusted = previous?.Stream;
            if (previous is not null && previous.Stream != last!.Errors)
                MarkUnproven(applied, previous.Stream ?? last.Errors, last);
            ledger.Begin(applied);
            ledger.Prove(last!.Shown);
        }
    }

    // A command refused before this sample may belong to a purge beyond its watermark, but not beyond the next purge that arrives.
    private void MarkUnproven(Watermark after, StreamErrors known, RegionSample sample)
    {
        unprovenAt = sample.Shown;
        refused += sample.Errors.Since(known);
        ledger.MarkUnproven(after);
    }

    private void Trust(Watermark shown)
    {
        unprovenAt = null;
        ledger.Trust(shown);
    }
}
