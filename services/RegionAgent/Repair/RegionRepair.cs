using LastMile.Events.Hosting;
using LastMile.Events.Redis;
using LastMile.Events.RegionAgent.Duties;
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

    private readonly RegionCache cache;
    private readonly PurgeLedger ledger;
    private readonly Duty duty;
    private readonly ObservedRegion observed;
    private readonly RepairCount repaired;
    private readonly RegionAgentMetrics metrics;
    private readonly RegionOptions options;
    private readonly TimeProvider time;
    private readonly ILogger<RegionRepair> logger;
    private Watermark noted;
    private long notedAt;

    public RegionRepair(
        RegionCache cache, PurgeLedger ledger, Duty duty, ObservedRegion observed, RepairCount repaired, RegionAgentMetrics metrics,
        IOptions<RegionOptions> options, TimeProvider time, ILogger<RegionRepair> logger)
    {
        (this.cache, this.ledger, this.duty, this.observed, this.repaired) = (cache, ledger, duty, observed, repaired);
        (this.metrics, this.options, this.time, this.logger) = (metrics, options.Value, time, logger);
        duty.Changed += (_, _) => ledger.Reset();
        observed.ShownChanged += (_, shown) => Shown(shown.Before, shown.After);
    }

    private bool Independent => options.Topology == Topology.Independent;

    // How long replication may take; null where it may take for ever.
    private TimeSpan? Patience => Independent ? TimeSpan.Zero : options.RepairAfter > TimeSpan.Zero ? options.RepairAfter : null;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var retry = Retry.Forever(time, failure => Log.Refused(logger, cache.Address, failure.GetBaseException().Message));
        while (true)
        {
            await duty.WorkingAsync(stoppingToken);
            await retry.ExecuteAsync(async _ => await StepAsync(), stoppingToken);
            var soon = Patience is not null && ledger.IsWaiting();
            await ledger.Work.WaitAsync(soon ? Pause : NoteInterval, stoppingToken);
            if (soon && !Independent)
                await Task.Delay(Pause, time, stoppingToken);
        }
    }

    private async Task StepAsync()
    {
        if (!ledger.HasBegun)
            await BeginAsync();
        while (Patience is { } patience && duty.IsWorking && ledger.Due(patience) is { Count: > 0 } due)
            await DropAsync(due);
        await NoteAsync();
    }

    private async Task DropAsync(IReadOnlyList<PendingPurge> due)
    {
        var dropped = await cache.DropAsync(due);
        var late = options.RepairAfter > TimeSpan.Zero && time.GetElapsedTime(due[0].HeardAt) >= options.RepairAfter;
        ledger.Done(due);
        metrics.Applied(due.Sum(purge => purge.Names));
        if (!late)
            return;
        repaired.Add(dropped);
        metrics.Repaired(dropped);
    }

    // What the region had when this agent took over: as the one before has noted, else what it shows, else all from before the first word.
    private async Task BeginAsync()
    {
        var region = observed.Current;
        if (!region.WatermarkRead)
            return;

        var applied = await cache.ReadAppliedAsync();
        if (applied == default && !Independent)
            applied = region.Shown;
        if (applied == default)
            applied = ledger.Earliest;
        if (applied == default)
            return;

        noted = default;
        ledger.Begin(applied);
        if (!Independent)
            ledger.Prove(observed.Current.Shown);
    }

    private async Task NoteAsync()
    {
        var applied = ledger.Applied;
        if (applied == noted || applied == default || (!Independent && time.GetElapsedTime(notedAt) < NoteInterval))
            return;
        await cache.WriteAppliedAsync(applied);
        (noted, notedAt) = (applied, time.GetTimestamp());
    }

    private void Shown(Watermark before, Watermark after)
    {
        if (!Independent)
            ledger.Prove(after);
        if (after >= before)
            return;

        // Emptied, it holds nothing stale, and no note either. With less than before, an old copy was restored, and with it what was
        // purged since.
        noted = default;
        if (after == default)
            return;
        Log.FellBack(logger, options.Name, before, after);
        ledger.Begin(after);
    }

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Warning, Message = "Purges wait for the region's Redis {Address}: {Reason} Check that it runs, that Redis:ConnectionString is right, and that it may write; the service goes on trying")]
        public static partial void Refused(ILogger logger, string address, string reason);

        [LoggerMessage(Level = LogLevel.Warning, Message = "Region {Region} showed {Before} and now shows {After}: its Redis came back with old data. What was purged since is purged again")]
        public static partial void FellBack(ILogger logger, string region, Watermark before, Watermark after);
    }
}
