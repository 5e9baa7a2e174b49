using LastMile.Events.Hosting;
using LastMile.Events.Redis;
using LastMile.Events.RegionAgent.Configuration;
using LastMile.Events.RegionAgent.Leadership;
using LastMile.Events.RegionAgent.Ledger;
using LastMile.Events.RegionAgent.Observed;
using LastMile.Events.RegionAgent.Telemetry;
using Microsoft.Extensions.Options;

namespace LastMile.Events.RegionAgent.Repair;

/// <summary>
/// Applies purges on the region's Redis: at once in an independent region, and after <see cref="RegionOptions.RepairAfter"/> where
/// replication has not applied them. Purges are batched, so that a flood takes few calls, and wait while the Redis is down.
/// </summary>
internal sealed partial class RegionRepair : BackgroundService
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan CheckpointInterval = TimeSpan.FromSeconds(1);

    private readonly RegionStore store;
    private readonly PurgeLedger ledger;
    private readonly ReplicationProof proof;
    private readonly LeadershipState leadership;
    private readonly ObservedRegion observed;
    private readonly RepairCount repaired;
    private readonly RegionAgentMetrics metrics;
    private readonly RegionOptions options;
    private readonly TimeProvider time;
    private readonly ILogger<RegionRepair> logger;
    private volatile Checkpoint checkpoint = new(default, "");
    private volatile bool hasFallenBack;
    private long savedAt;

    public RegionRepair(
        RegionStore store, PurgeLedger ledger, ReplicationProof proof, LeadershipState leadership, ObservedRegion observed,
        RepairCount repaired, RegionAgentMetrics metrics, IOptions<RegionOptions> options, TimeProvider time, ILogger<RegionRepair> logger)
    {
        (this.store, this.ledger, this.proof, this.leadership) = (store, ledger, proof, leadership);
        (this.observed, this.repaired) = (observed, repaired);
        (this.metrics, this.options, this.time, this.logger) = (metrics, options.Value, time, logger);
        leadership.Changed += (_, _) => proof.Reset();
        observed.Looked += (_, look) => Looked(look.Before, look.Look);
    }

    private bool Independent => options.Topology == Topology.Independent;

    // How long replication may take.
    private TimeSpan ReplicationTimeout =>
        Independent ? TimeSpan.Zero : options.RepairAfter > TimeSpan.Zero ? options.RepairAfter : TimeSpan.MaxValue;

    // With repair turned off, the agent still applies purges that replication can't prove.
    private bool Repairs => ReplicationTimeout < TimeSpan.MaxValue || ledger.HasUnproven;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var outage = new Outage(
            time, reason => Log.Refused(logger, store.Address, reason), lasted => Log.Accepted(logger, store.Address, lasted.TotalSeconds));
        var retry = Retry.Forever(time, outage, RegionStore.IsDown);
        while (true)
        {
            await leadership.LeadingAsync(stoppingToken);
            await retry.ExecuteAsync(async _ => await StepAsync(), stoppingToken);
            var soon = Repairs && ledger.IsWaiting();
            await ledger.Work.WaitAsync(soon ? Pause : CheckpointInterval, stoppingToken);
            if (soon && !Independent)
                await Task.Delay(Pause, time, stoppingToken);
        }
    }

    private async Task StepAsync()
    {
        if (!ledger.HasBegun)
            await BeginAsync();
        while (Repairs && leadership.IsLeading && ledger.Due(ReplicationTimeout) is { Count: > 0 } due)
            await DropAsync(due);
        await SaveCheckpointAsync();
    }

    private async Task DropAsync(IReadOnlyList<PendingPurge> due)
    {
        var era = ledger.Era;
        var dropped = await store.DropAsync(due);
        var late = options.RepairAfter > TimeSpan.Zero && time.GetElapsedTime(due[0].ReceivedAt) >= options.RepairAfter;
        ledger.Done(due, era);
        metrics.Applied(due.Sum(purge => purge.Names));
        if (!late)
            return;
        repaired.Add(dropped);
        metrics.Repaired(dropped);
    }

    // The starting watermark is the previous agent's checkpoint. Without one it is the replica's own watermark, or the one just before the
    // first message.
    private async Task BeginAsync()
    {
        if (Independent ? !observed.Current.WatermarkRead : !proof.HasLooked)
            return;

        var previous = await store.ReadCheckpointAsync();
        var applied = previous.Applied;
        if (applied == default && !Independent)
            applied = observed.Current.Shown;
        if (applied == default)
            applied = ledger.Earliest;
        if (applied == default)
            return;

        if (previous.Applied == default && observed.Current.EvictsKeysWithoutTtl)
            await HandleLostCheckpointAsync();
        checkpoint = previous;
        if (Independent)
            ledger.Begin(applied);
        else
            proof.Begin(applied, previous.Applied == default ? null : previous);
    }

    // If the checkpoint may have been evicted, the agent can't determine which purges the region missed.
    private async Task HandleLostCheckpointAsync()
    {
        var drops = options.OnLostPurges == LostPurges.Drop;
        if (drops)
            await store.DropEverythingAsync();
        var consequence = drops ? "The agent dropped the region's cache" : "The region may hold stale entries: drop its cache";
        Log.NoCheckpoint(logger, options.Name, consequence);
    }

    private async Task SaveCheckpointAsync()
    {
        var (saved, applied, stream) = (checkpoint, ledger.Applied, Independent ? null : proof.Trusted);
        if ((applied, stream) == (saved.Applied, saved.Stream) || applied == default)
            return;
        if (!Independent && time.GetElapsedTime(savedAt) < CheckpointInterval)
            return;
        // An older watermark means that another agent is ahead, unless this region has fallen back.
        if (applied < saved.Applied && !hasFallenBack)
            return;
        hasFallenBack = false;
        var found = await store.MoveCheckpointAsync(saved, applied, stream);
        (checkpoint, savedAt) = (found, time.GetTimestamp());
        // A newer checkpoint of the same server run was saved by another agent. Any other mismatch means an old copy.
        if (found.Applied != applied && (found.Applied <= saved.Applied || found.Run != saved.Run))
            FallBack(saved.Applied, found.Applied);
    }

    private void Looked(Watermark before, RegionLook look)
    {
        if (!Independent)
            proof.RecordLook(look);
        if (look.Shown >= before)
            return;

        // A region without a watermark was emptied: it holds neither stale entries nor a checkpoint. An older watermark means that an old
        // copy was restored, together with entries purged since.
        if (Independent || look.Shown == default)
            checkpoint = new Checkpoint(look.Shown, look.Errors.Run);
        if (look.Shown != default && ledger.HasBegun)
            FallBack(before, look.Shown);
    }

    private void FallBack(Watermark before, Watermark after)
    {
        Log.FellBack(logger, options.Name, before, after);
        hasFallenBack = true;
        ledger.FallBack(after);
    }

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Warning, Message = "Purges are waiting for the region's Redis {Address}: {Reason} "
            + "Check that it runs, that Redis:ConnectionString is right, and that the agent may write; the agent keeps retrying")]
        public static partial void Refused(ILogger logger, string address, string reason);

        [LoggerMessage(Level = LogLevel.Information, Message = "The region's Redis {Address} accepts purges again after {Seconds:0.0} s")]
        public static partial void Accepted(ILogger logger, string address, double seconds);

        [LoggerMessage(Level = LogLevel.Warning, Message = "Region {Region} has no checkpoint, and its Redis may evict keys without a TTL, "
            + "so a previous agent's checkpoint may be lost. {Consequence}. Set 'maxmemory-policy volatile-lru' on the region's Redis")]
        public static partial void NoCheckpoint(ILogger logger, string region, string consequence);

        [LoggerMessage(Level = LogLevel.Warning, Message = "Region {Region} fell back from {Before} to {After}: "
            + "its Redis came back with an old copy of its data. The agent applies the later purges again")]
        public static partial void FellBack(ILogger logger, string region, Watermark before, Watermark after);
    }
}
