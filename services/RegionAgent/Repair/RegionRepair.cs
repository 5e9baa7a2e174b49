using LastMile.Events.Hosting;
using LastMile.Events.Redis;
using LastMile.Events.RegionAgent.Configuration;
using LastMile.Events.RegionAgent.Leadership;
using LastMile.Events.RegionAgent.Ledger;
using LastMile.Events.RegionAgent.Topologies;

namespace LastMile.Events.RegionAgent.Repair;

/// <summary>
/// Applies purges on the region's Redis: at once in an independent region, and after <see cref="RegionOptions.RepairAfter"/> where
/// replication has not applied them. Purges are batched, so that a flood takes few calls, and wait while the Redis is down.
/// </summary>
internal sealed partial class RegionRepair(
    RegionStore store,
    PurgeLedger ledger,
    RegionTopology topology,
    AppliedCheckpoint checkpoint,
    LeadershipState leadership,
    RepairCount repaired,
    TimeProvider time,
    ILogger<RegionRepair> logger) : BackgroundService
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);
    // An attempt costs nothing while the connection is down, and a link that flaps may be up for a moment only.
    private static readonly TimeSpan LongestRetry = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan IdleInterval = TimeSpan.FromSeconds(1);

    private Outage? partial;

    // With repair turned off, the agent still applies purges that replication can't prove.
    private bool Repairs => topology.ReplicationTimeout < TimeSpan.MaxValue || ledger.HasUnproven;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var outage = new Outage(
            time, reason => Log.Refused(logger, store.Address, reason), lasted => Log.Accepted(logger, store.Address, lasted.TotalSeconds));
        var retry = Retry.Forever(time, outage, RegionStore.IsDown, LongestRetry);
        partial = new Outage(
            time, reason => Log.Refused(logger, store.Address, reason), lasted => Log.Accepted(logger, store.Address, lasted.TotalSeconds));
        while (true)
        {
            await leadership.LeadingAsync(stoppingToken);
            await retry.ExecuteAsync(async _ => await StepAsync(), stoppingToken);
            var soon = Repairs && ledger.IsWaiting();
            await ledger.Work.WaitAsync(soon ? Pause : IdleInterval, stoppingToken);
            if (soon && topology.CollectFor > TimeSpan.Zero)
                await Task.Delay(topology.CollectFor, time, stoppingToken);
        }
    }

    private async Task StepAsync()
    {
        if (!ledger.HasBegun)
            await checkpoint.BeginAsync();
        await DropAsync();
        await checkpoint.SaveAsync();
    }

    // Where a node of a cluster does not answer, its purges stay pending, and the later purges of the other nodes are applied.
    private async Task DropAsync()
    {
        var (after, failure) = (default(Watermark), default(Exception));
        while (Repairs && leadership.IsLeading && ledger.Due(topology.ReplicationTimeout, after) is { Count: > 0 } due)
        {
            var era = ledger.Era;
            var result = await store.DropAsync(due, era);
            if (result.Done.Count > 0)
                repaired.Applied(result.Done, result.Dropped);
            ledger.Done(result.Done, era);
            (after, failure) = result.Failure is null ? (after, failure) : (due[^1].Watermark, failure ?? result.Failure);
        }

        if (failure is null)
            partial?.Succeeded();
        else if (!RegionStore.IsDown(failure))
            partial?.Failed(failure);
    }

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Warning, Message = "Purges are waiting for the region's Redis {Address}: {Reason} "
            + "Check that it runs, that Redis:ConnectionString is right, and that the agent may write; the agent keeps retrying")]
        public static partial void Refused(ILogger logger, string address, string reason);

        [LoggerMessage(Level = LogLevel.Information, Message = "The region's Redis {Address} accepts purges again after {Seconds:0.0} s")]
        public static partial void Accepted(ILogger logger, string address, double seconds);
    }
}
