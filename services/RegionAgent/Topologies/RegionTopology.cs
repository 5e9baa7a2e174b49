using LastMile.Events.Messages;
using LastMile.Events.Redis;
using LastMile.Events.RegionAgent.Ledger;
using LastMile.Events.RegionAgent.Observed;

namespace LastMile.Events.RegionAgent.Topologies;

/// <summary>How purges reach the region, and what proves that the region applied them. Thread-safe.</summary>
internal abstract class RegionTopology(PurgeLedger ledger) : IReplicationRole
{
    protected PurgeLedger Ledger { get; } = ledger;

    /// <summary>
    /// Whether the agent moves the region's watermark, which is then its checkpoint. If not, replication moves it, and it is the proof of
    /// replication.
    /// </summary>
    public abstract bool MovesWatermark { get; }

    /// <summary>How long the agent waits for replication to apply a purge; <see cref="TimeSpan.MaxValue"/> for ever.</summary>
    public abstract TimeSpan ReplicationTimeout { get; }

    /// <summary>How long the agent collects purges before it applies them together.</summary>
    public abstract TimeSpan CollectFor { get; }

    /// <summary>The least time between two checkpoints.</summary>
    public abstract TimeSpan CheckpointInterval { get; }

    /// <summary>Whether the agent has read the region's watermark since its start.</summary>
    public abstract bool HasSample { get; }

    /// <summary>Whether the agent knows which purges the region has applied.</summary>
    public abstract bool KnowsApplied { get; }

    /// <summary>The watermark from which an agent without a checkpoint starts; <c>default</c> while it is unknown.</summary>
    public abstract Watermark Start { get; }

    /// <summary>The region has every purge up to this watermark, except those that need a scan; <c>default</c> for none.</summary>
    public abstract Watermark Proved { get; }

    /// <summary>
    /// The error count at which replication last proved every purge; null for never. The agent saves it with its checkpoint.
    /// </summary>
    public virtual StreamErrors? Trusted => null;

    /// <summary>How many bytes of the replication stream the region has not received; null when unknown.</summary>
    public virtual long? BehindBytes => null;

    /// <summary>Returns the watermark by which the region's lag is measured.</summary>
    /// <param name="gapGrace">How long a gap may last before it counts as lag, where the agent applies the purges.</param>
    public abstract Watermark Reached(TimeSpan gapGrace);

    /// <summary>Starts from the previous agent's checkpoint when this agent takes over. Call it after the first sample.</summary>
    /// <param name="applied">Every purge up to this watermark is applied.</param>
    /// <param name="previous">The previous agent's checkpoint; its watermark is <c>default</c> for none.</param>
    public virtual void Begin(Watermark applied, Checkpoint previous) => Ledger.Begin(applied);

    /// <summary>Records a sample of the region. Samples don't overlap.</summary>
    public virtual void RecordSample(RegionSample sample)
    {
    }

    /// <summary>Returns how many replicated commands the region refused since the last call.</summary>
    public virtual long TakeRefused() => 0;

    /// <summary>Discards the state of the active agent, because another agent may have been active since.</summary>
    public virtual void Reset() => Ledger.Reset();

    /// <inheritdoc/>
    public abstract LinkState Link(ReplicationInfo info);

    /// <inheritdoc/>
    public virtual string? Warning(ReplicationInfo info, string address) => info.ReadOnly
        ? $"The region's Redis {address} is read-only, so applications can't fill it. Set 'replica-read-only no' on it."
        : null;
}
