using LastMile.Events.Hosting;
using LastMile.Events.RegionAgent.Configuration;
using LastMile.Events.RegionAgent.Leadership;
using LastMile.Events.RegionAgent.Ledger;
using LastMile.Events.RegionAgent.Log;
using LastMile.Events.RegionAgent.Observed;
using LastMile.Events.RegionAgent.Repair;
using LastMile.Events.RegionAgent.Topologies;
using LastMile.Events.RegionAgent.Verdicts;
using Microsoft.Extensions.Options;

namespace LastMile.Events.RegionAgent.Status;

/// <summary>
/// Reports to readers, in the region's Redis, whether they may use its cache. The report expires after
/// <see cref="RegionOptions.CriticalAfter"/>, so readers also stop when the agent ends.
/// </summary>
internal sealed partial class SoundReporter(
    LeadershipState leadership,
    VerdictBoard board,
    PurgeLedger ledger,
    LogState log,
    RegionTopology topology,
    RegionStore store,
    AppliedCheckpoint checkpoint,
    ObservedRegion observed,
    IOptions<RegionOptions> options,
    TimeProvider time,
    ILogger<SoundReporter> logger) : BackgroundService
{
    // A full resync or a purge of everything also deletes the report. The cache is empty then, so readers lose nothing until it is back.
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(2);

    // Ten verdicts. An older one is from before a suspension.
    private static readonly TimeSpan LongestVerdictAge = TimeSpan.FromSeconds(1);

    private readonly Signal changed = new(time);
    private Guid caughtUpIn;
    private long judgedAt;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        bool? reported = null;
        board.Changed += (_, _) =>
        {
            Volatile.Write(ref judgedAt, time.GetTimestamp());
            if (Judge() is { } isSound && isSound != reported)
                changed.Raise();
        };
        while (true)
        {
            await leadership.LeadingAsync(stoppingToken);
            // While nothing is known, the report of the previous agent stands until it expires.
            if (time.GetElapsedTime(Volatile.Read(ref judgedAt)) < LongestVerdictAge && Judge() is { } isSound)
            {
                await ReportAsync(isSound, stoppingToken);
                reported = isSound;
            }

            await changed.WaitAsync(Interval, stoppingToken);
        }
    }

    private bool? Judge()
    {
        if (!leadership.IsLeading)
            return null;
        if (!topology.MovesWatermark)
            return board.Current.IsSound(silentAfter: null);
        var isSound = board.Current.IsSound(options.Value.BusSilentAfter);
        return isSound == true && !HasCaughtUp() ? null : isSound;
    }

    // An agent that takes over knows what the region lacks only after it has received and applied the purges of its predecessor's time.
    private bool HasCaughtUp()
    {
        var term = leadership.Term;
        var hasReadAll = leadership.HasReadBacklog || log.HasReachedEnd(term);
        if (caughtUpIn != term && hasReadAll && ledger.FindGap(TimeSpan.Zero) is null && !ledger.IsWaiting())
            caughtUpIn = term;
        return caughtUpIn == term;
    }

    private async Task ReportAsync(bool isSound, CancellationToken cancellationToken)
    {
        try
        {
            // The verdict is about this run. Since then, the server may have come back with an old copy.
            var run = topology.MovesWatermark ? checkpoint.Run : observed.Current.Run;
            await (isSound ? store.SetSoundAsync(options.Value.CriticalAfter, run) : store.ClearSoundAsync());
        }
        catch (Exception failure) when (!cancellationToken.IsCancellationRequested)
        {
            // Readers can't use a Redis that does not answer. The health check reports it.
            Log.Failed(logger, failure.GetBaseException().Message);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Debug, Message = "The region's Redis did not accept whether readers may use it: {Reason}")]
        public static partial void Failed(ILogger logger, string reason);
    }
}
