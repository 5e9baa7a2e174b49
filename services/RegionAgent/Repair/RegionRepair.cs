using LastMile.Events.Hosting;
using LastMile.Events.Redis;
using LastMile.Events.RegionAgent.Leadership;
using LastMile.Events.RegionAgent.Observed;
using Microsoft.Extensions.Options;

namespace LastMile.Events.RegionAgent.Repair;

/// <summary>
/// Drops on the region's Redis what replication has not: at once in an independent region, which has none, else when it has had its
/// time. All that is due goes at once, so that a flood costs few calls; while the Redis is down, it waits.
/// </summary>
internal sealed partial class RegionRepair : BackgroundService
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan NoteInterval = TimeSpan.FromSeconds(1);

    private readonly RegionStore cache;
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
    private long notedAt;

    public RegionRepair(
        RegionStore cache, PurgeLedger ledger, ReplicationProof proof, LeadershipState leadership, ObservedRegion observed, RepairCount repaired, RegionAgentMetrics metrics,
        IOptions<RegionOptions> options, TimeProvider time, ILogger<RegionRepair> logger)
    {
        (this.cache, this.ledger, this.proof, this.leadership, this.observed, this.repaired) = (cache, ledger, proof, leadership, observed, repaired);
        (this.metrics, this.options, this.time, this.logger) = (metrics, options.Value, time, logger);
        leadership.Changed += (_, _) => proof.Reset();
        observed.Looked += (_, look) => Looked(look.Before, look.Look);
    }

    private bool Independent => options.Topology == Topology.Independent;

    // How long replication may take.
    private TimeSpan Patience => Independent ? TimeSpan.Zero : options.RepairAfter > TimeSpan.Zero ? options.RepairAfter : TimeSpan.MaxValue;

    // With repair turned off the agent still applies what replication is known not to bring.
    private bool Repairs => Patience < TimeSpan.MaxValue || ledger.HasUnproven;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var outage = new Outage(time, reason => Log.Refused(logger, cache.Address, reason), lasted => Log.Accepted(logger, cache.Address, lasted.TotalSeconds));
        var retry = Retry.Forever(time, outage, RegionStore.IsAway);
        while (true)
        {
            await leadership.LeadingAsync(stoppingToken);
            await retry.ExecuteAsync(async _ => await StepAsync(), stoppingToken);
            var soon = Repairs && ledger.IsWaiting();
            await ledger.Work.WaitAsync(soon ? Pause : NoteInterval, stoppingToken);
            if (soon && !Independent)
                await Task.Delay(Pause, time, stoppingToken);
        }
    }

    private async Task StepAsync()
    {
        if (!ledger.HasBegun)
            await BeginAsync();
        while (Repairs && leadership.IsLeading && ledger.Due(Patience) is { Count: > 0 } due)
            await DropAsync(due);
        await NoteAsync();
    }

    private async Task DropAsync(IReadOnlyList<PendingPurge> due)
    {
        var era = ledger.Era;
        var dropped = await cache.DropAsync(due);
        var late = options.RepairAfter > TimeSpan.Zero && time.GetElapsedTime(due[0].ReceivedAt) >= options.RepairAfter;
        ledger.Done(due, era);
        metrics.Applied(due.Sum(purge => purge.Names));
        if (!late)
            return;
        repaired.Add(dropped);
        metrics.Repaired(dropped);
    }

    // What the region had when this agent took over: as the one before has noted, else what it shows, else all from before the first word.
    private async Task BeginAsync()
    {
        if (Independent ? !observed.Current.WatermarkRead : !proof.HasLooked)
            return;

        var left = await cache.ReadCheckpointAsync();
        var applied = left.Applied;
        if (applied == default && !Independent)
            applied = observed.Current.Shown;
        if (applied == default)
            applied = ledger.Earliest;
        if (applied == default)
            return;

        if (left.Applied == default && observed.Current.EvictsLasting)
            await LoseAsync();
        checkpoint = left;
        if (Independent)
            ledger.Begin(applied);
        else
            proof.Begin(applied, left.Applied == default ? null : left);
    }

    // A checkpoint that may have been evicted leaves nothing to tell what the region missed.
    private async Task LoseAsync()
    {
        if (options.OnLostPurges == LostPurges.Drop)
            await cache.DropEverythingAsync();
        Log.NoCheckpoint(logger, options.Name, options.OnLostPurges == LostPurges.Drop ? "The region's cache was dropped" : "The region may hold stale entries: drop its cache");
    }

    private async Task NoteAsync()
    {
        var (left, applied, stream) = (checkpoint, ledger.Applied, Independent ? null : proof.Trusted);
        if ((applied, stream) == (left.Applied, left.Stream) || applied == default || (!Independent && time.GetElapsedTime(notedAt) < NoteInterval))
            return;
        // Another agent is further on, unless this one has fallen back.
        if (applied < left.Applied && !hasFallenBack)
            return;
        hasFallenBack = false;
        var found = await cache.MoveCheckpointAsync(left, applied, stream);
        (checkpoint, notedAt) = (found, time.GetTimestamp());
        // Further on in the same run is where another agent has left it.
        if (found.Applied != applied && (found.Applied <= left.Applied || found.Run != left.Run))
            FallBack(left.Applied, found.Applied);
    }

    private void Looked(Watermark before, RegionLook look)
    {
        if (!Independent)
            proof.See(look);
        if (look.Shown >= before)
            return;

        // Emptied, it holds nothing stale, and no checkpoint either. With less than before, an old copy was restored, and with it what was
        // purged since.
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
        [LoggerMessage(Level = LogLevel.Warning, Message = "Purges wait for the region's Redis {Address}: {Reason} Check that it runs, that Redis:ConnectionString is right, and that it may write; the service goes on trying")]
        public static partial void Refused(ILogger logger, string address, string reason);

        [LoggerMessage(Level = LogLevel.Information, Message = "Purges go on in the region's Redis {Address} after {Seconds:0.0} s")]
        public static partial void Accepted(ILogger logger, string address, double seconds);

        [LoggerMessage(Level = LogLevel.Warning, Message = "Region {Region} has no checkpoint, and its Redis evicts keys without a TTL: an agent before this one may have left one. {Consequence}. Set 'maxmemory-policy volatile-lru' there")]
        public static partial void NoCheckpoint(ILogger logger, string region, string consequence);

        [LoggerMessage(Level = LogLevel.Warning, Message = "Region {Region} was at {Before} and is at {After}: its Redis came back with an old copy of its data. What was purged since is purged again")]
        public static partial void FellBack(ILogger logger, string region, Watermark before, Watermark after);
    }
}
