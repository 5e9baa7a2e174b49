using LastMile.Events.Messages;
using LastMile.Events.Redis;
using LastMile.Events.RegionAgent.Leadership;
using LastMile.Events.RegionAgent.Ledger;
using LastMile.Events.RegionAgent.Observed;

namespace LastMile.Events.RegionAgent.Topologies;

/// <summary>How purges reach the region, and what proves that the region applied them. Thread-safe.</summary>
internal abstract class RegionTopology : IReplicationRole
{
    protected RegionTopology(PurgeLedger ledger, ObservedRegion observed, LeadershipState leadership)
    {
        (Ledger, Observed) = (ledger, observed);
        // Another agent may have been active.
        leadership.Changed += (_, _) => Reset();
        observed.Sampled += (_, change) => RecordSample(change.Sample);
    }

    protected PurgeLedger Ledger { get; }

    protected ObservedRegion Observed { get; }

    /// <summary>
    /// Whether the agent moves the region's watermark, which is then its checkpoint. If not, replication moves it, and it is the proof of
    /// replication.
    /// </summary>
    public abstract bool MovesWatermark { get; }

    /// <summary>How long the agent waits for replication to apply a purge; <see cref="TimeSpan.MaxValue"/> without limit.</summary>
    public abstract TimeSpan ReplicationTimeout { get; }

    /// <summary>How long the agent collects purges before it applies them together.</summary>
    public abstract TimeSpan CollectFor { get; }

    /// <summary>The minimum time between two checkpoints.</summary>
    public abstract TimeSpan CheckpointInterval { get; }

    /// <summary>Whether the agent has read the region's watermark since its start.</summary>
    public abstract bool HasSample { get; }

    /// <summary>The watermark from which an agent without a checkpoint starts; <c>default</c> while it is unknown.</summary>
    public abstract Watermark StartingWatermark { get; }

    /// <summary>The region has every purge up to this watermark, except those that need a scan; <c>default</c> for none.</summary>
    public abstract Watermark Proved { get; }

    /// <summary>
    /// The error count at which replication last proved every purge; null for never. The agent saves it with its checkpoint.
    /// </summary>
    public virtual StreamErrors? TrustedErrors => null;

    /// <summary>Returns whether the agent knows which purges the region has applied.</summary>
    /// <param name="region">The region's state.</param>
    public abstract bool KnowsApplied(RegionSnapshot region);

    /// <summary>Returns how many bytes of the replication stream the region has not received; null when unknown.</summary>
    /// <param name="region">The region's state.</param>
    public virtual long? BehindBytes(RegionSnapshot region) => null;

    /// <summary>Compares the expected watermarks with the region's.</summary>
    /// <param name="region">The region's state.</param>
    /// <param name="lateAfter">The age from which a batch counts as late.</param>
    /// <param name="gapGrace">How long a gap may last before it counts as lag, where the agent applies the purges.</param>
    public abstract Progress Settle(RegionSnapshot region, TimeSpan lateAfter, TimeSpan gapGrace);

    /// <summary>Starts from the previous agent's checkpoint when this agent takes over. Call it after the first sample.</summary>
    /// <param name="applied">Every purge up to this watermark is applied.</param>
    /// <param name="previous">The previous agent's checkpoint; its watermark is <c>default</c> for none.</param>
    public virtual void Begin(Watermark applied, Checkpoint previous) => Ledger.Begin(applied);

    /// <summary>Returns how many replicated commands the region refused since the last call.</summary>
    public virtual long TakeRefused() => 0;

    /// <inheritdoc/>
    public abstract LinkState Link(ReplicationInfo info);

    /// <inheritdoc/>
    public virtual string? Warning(ReplicationInfo info, string address) => info.ReadOnly
        ? $"The region's Redis {address} is read-only, so applications can't fill it. Set 'replica-read-only no' on it."
        : null;

    /// <inheritdoc/>
    public virtual string? Refusal(ServerFacts server, string address) => server.Mode == ServerMode.Sentinel
        ? $"{address} is a Sentinel, which holds no keys. Add serviceName=… to Redis:ConnectionString, or set the address of the server."
        : server.Mode == ServerMode.Cluster ? ClusterRefusal(address) : null;

    /// <summary>Returns why the region's Redis can't be a cluster, and the setting to change; null when it can.</summary>
    /// <param name="address">The server's address, for the text.</param>
    public virtual string? ClusterRefusal(string address) => null;

    // Samples don't overlap.
    protected virtual void RecordSample(RegionSample sample)
    {
    }

    protected virtual void Reset() => Ledger.Reset();
}
