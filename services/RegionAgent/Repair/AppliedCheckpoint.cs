using LastMile.Events.Redis;
using LastMile.Events.RegionAgent.Configuration;
using LastMile.Events.RegionAgent.Ledger;
using LastMile.Events.RegionAgent.Observed;
using LastMile.Events.RegionAgent.Topologies;
using Microsoft.Extensions.Options;

namespace LastMile.Events.RegionAgent.Repair;

/// <summary>
/// Keeps the ledger's progress in the region's Redis. An agent that takes over starts from the checkpoint of the previous agent. Detects
/// that the Redis came back with an old copy of its data.
/// </summary>
internal sealed partial class AppliedCheckpoint
{
    private readonly RegionStore store;
    private readonly PurgeLedger ledger;
    private readonly RegionTopology topology;
    private readonly ObservedRegion observed;
    private readonly RegionSampler sampler;
    private readonly RegionOptions options;
    private readonly TimeProvider time;
    private readonly ILogger<AppliedCheckpoint> logger;
    private volatile Checkpoint checkpoint = new(default, "");
    private volatile bool hasFallenBack;
    private volatile bool hasNewRun;
    private long savedAt;

    public AppliedCheckpoint(
        RegionStore store, PurgeLedger ledger, RegionTopology topology, ObservedRegion observed, RegionSampler sampler,
        IOptions<RegionOptions> options, TimeProvider time, ILogger<AppliedCheckpoint> logger)
    {
        (this.store, this.ledger, this.topology, this.observed, this.sampler) = (store, ledger, topology, observed, sampler);
        (this.options, this.time, this.logger) = (options.Value, time, logger);
        observed.Sampled += (_, change) => Sampled(change.Before, change.Sample);
    }

    /// <summary>
    /// The run of the server in which it has every purge up to the checkpoint. While the server is in another run, the agent may have to
    /// apply purges again. Empty before the first checkpoint.
    /// </summary>
    public string Run { get; private set; } = "";

    /// <summary>
    /// Starts the ledger from the checkpoint, or from <see cref="RegionTopology.StartingWatermark"/> if the region has none. Does nothing
    /// while neither is known.
    /// </summary>
    public async Task BeginAsync()
    {
        if (!topology.HasSample)
            return;

        var previous = await store.ReadCheckpointAsync();
        var applied = previous.Applied == default ? topology.StartingWatermark : previous.Applied;
        if (applied == default)
            return;

        if (previous.Applied == default && observed.Current.EvictsKeysWithoutTtl)
            await HandleLossAsync();
        (checkpoint, Run) = (previous, previous.Run);
        topology.Begin(applied, previous);
    }

    /// <summary>Saves the ledger's progress if it has moved, at most once per checkpoint interval.</summary>
    public async Task SaveAsync()
    {
        var (saved, applied, stream) = (checkpoint, ledger.Applied, topology.TrustedErrors);
        if (applied == default || ((applied, stream) == (saved.Applied, saved.Stream) && !MayBeGone && !hasNewRun))
            return;
        if (time.GetElapsedTime(savedAt) < topology.CheckpointInterval)
            return;
        // An older watermark means that another agent is ahead, unless this region has fallen back.
        if (applied < saved.Applied && !hasFallenBack)
            return;
        hasFallenBack = false;
        var found = await store.MoveCheckpointAsync(saved, applied, stream);
        (checkpoint, savedAt) = (found, time.GetTimestamp());
        if (found.Applied == applied && found.Run == saved.Run)
            Run = found.Run;
        // The next save finds whether this run shows everything that the agent has applied.
        hasNewRun = found.Run != saved.Run;
        if (hasNewRun)
            ledger.Work.Raise();
        // The nodes of a cluster do not announce their watermarks.
        if (sampler.IsCluster)
            observed.Announced();
        // A newer checkpoint of the same server run was saved by another agent. Any other mismatch means an old copy.
        if (found.Applied != applied && (found.Applied <= saved.Applied || found.Run != saved.Run))
            FallBack(saved.Applied, found.Applied);
    }

    // On a replica, another lineage's purge of everything also drops this lineage's checkpoint.
    private bool MayBeGone => options.ServedLineages.Count > 1 && !topology.MovesWatermark;

    // If the checkpoint may have been evicted, the agent can't determine which purges the region missed.
    private async Task HandleLossAsync()
    {
        var drops = options.OnLostPurges == LostPurges.Drop;
        if (drops)
            await store.DropEverythingAsync();
        var consequence = drops ? "The agent dropped the region's cache" : "The region may hold stale entries: drop its cache";
        Log.NoCheckpoint(logger, options.Name, consequence);
    }

    private void Sampled(Watermark before, RegionSample sample)
    {
        if (topology.MovesWatermark && ledger.HasBegun && sample.Errors.Run != checkpoint.Run)
        {
            hasNewRun = true;
            ledger.Work.Raise();
        }

        if (sample.Shown >= before)
            return;

        // A region without a watermark was emptied: it holds neither stale entries nor a checkpoint. An older watermark means that an old
        // copy was restored, together with entries purged since.
        // The ledger falls back first: SaveAsync must not find the region's position together with the ledger's earlier progress.
        if (sample.Shown != default && ledger.HasBegun)
            FallBack(before, sample.Shown);
        if (topology.MovesWatermark || sample.Shown == default)
            checkpoint = new Checkpoint(sample.Shown, sample.Errors.Run);
        ledger.Work.Raise();
    }

    private void FallBack(Watermark before, Watermark after)
    {
        Log.FellBack(logger, options.Name, before, after);
        hasFallenBack = true;
        ledger.FallBack(after);
    }

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Warning, Message = "Region {Region} has no checkpoint, and its Redis may evict keys without a TTL, "
            + "so a previous agent's checkpoint may be lost. {Consequence}. Set 'maxmemory-policy volatile-lru' on the region's Redis")]
        public static partial void NoCheckpoint(ILogger logger, string region, string consequence);

        [LoggerMessage(Level = LogLevel.Warning, Message = "Region {Region} fell back from {Before} to {After}: "
            + "its Redis came back with an old copy of its data. The agent applies the later purges again")]
        public static partial void FellBack(ILogger logger, string region, Watermark before, Watermark after);
    }
}
