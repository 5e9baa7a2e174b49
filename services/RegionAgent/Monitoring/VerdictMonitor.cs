using LastMile.Events.Messages;
using LastMile.Events.Redis;
using LastMile.Events.RegionAgent.Alerts;
using LastMile.Events.RegionAgent.Configuration;
using LastMile.Events.RegionAgent.Expected;
using LastMile.Events.RegionAgent.Leadership;
using LastMile.Events.RegionAgent.Ledger;
using LastMile.Events.RegionAgent.Observed;
using LastMile.Events.RegionAgent.Repair;
using LastMile.Events.RegionAgent.Telemetry;
using LastMile.Events.RegionAgent.Verdicts;
using Microsoft.Extensions.Options;

namespace LastMile.Events.RegionAgent.Monitoring;

/// <summary>Forms a verdict ten times a second, from state in memory; it makes no requests.</summary>
internal sealed partial class VerdictMonitor(
    LeadershipState leadership,
    ExpectedWatermarks expected,
    PrimaryStream stream,
    ObservedRegion observed,
    PurgeLedger ledger,
    ReplicationProof proof,
    RepairCount repaired,
    EpisodeHandover handover,
    VerdictBoard board,
    AlertRaiser alerts,
    RegionAgentMetrics metrics,
    IOptions<RegionOptions> options,
    TimeProvider time,
    ILogger<VerdictMonitor> logger) : BackgroundService
{
    private static readonly TimeSpan Period = TimeSpan.FromMilliseconds(100);

    // Just after its start the agent itself may be slow, rather than its region.
    private static readonly TimeSpan StartGrace = TimeSpan.FromSeconds(5);

    // The log closes a gap sooner, even if the Invalidator that crashed and left the gap must restart first. A gap that lasts is a problem.
    private static readonly TimeSpan GapGrace = TimeSpan.FromSeconds(10);

    private readonly long started = time.GetTimestamp();
    private volatile bool needsReset = true;
    private long copies;

    public override Task StartAsync(CancellationToken cancellationToken)
    {
        leadership.Changed += (_, _) =>
        {
            handover.Begin();
            needsReset = true;
        };
        return base.StartAsync(cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Period, time);
        var last = time.GetTimestamp();
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            // After this process was suspended, unread input looks like lag. Skip one round so that it is read first.
            var wasSuspended = time.GetElapsedTime(last) > 5 * Period;
            last = time.GetTimestamp();
            if (needsReset)
                Reset();
            if (!wasSuspended && leadership.IsLeading)
                Judge();
        }
    }

    // The old state is obsolete, because another agent is or was active.
    private void Reset()
    {
        needsReset = false;
        copies = observed.Current.Copies;
        board.Current = VerdictState.Start(Now());
    }

    private void Judge()
    {
        var previous = WithInheritedEpisode(board.Current);
        if (handover.IsAwaited)
            return;
        var next = VerdictPolicy.Next(previous, Observe(), options.Value);
        board.Current = next;
        metrics.Judged(next);
        metrics.Refused(next.Observation.Refused);
        // Repair begins before the episode does, so keep the count until the lag becomes an episode or ends.
        if (previous.Episode is not null || next.Episode is not null || next.Observation.Lag == TimeSpan.Zero)
            repaired.Forget(next.Observation.Repaired);

        if (next.Verdict != previous.Verdict)
        {
            Log.Changed(
                logger, options.Value.Name, previous.Verdict, next.Verdict, next.Observation.Expected, next.Observation.Observed,
                next.Observation.Link);
        }

        if (AlertPolicy.Decide(previous, next, options.Value.Name) is { } alert)
            alerts.Raise(alert);
    }

    // Continues the episode that was open when this agent took over, once the agent has no open episode of its own.
    private VerdictState WithInheritedEpisode(VerdictState state) => handover.Take(state.Episode?.Id) is { Open: { } alert } reported
        ? state with
        {
            Episode = new Episode(
                alert.Episode,
                alert.Severity,
                Now().Before(TimeSpan.FromMilliseconds(reported.AgeMilliseconds)),
                TimeSpan.FromMilliseconds(alert.LagMilliseconds),
                Late: 0,
                Repaired: 0),
        }
        : state;

    private Moment Now() => new(time.GetElapsedTime(started), time.GetUtcNow());

    private Observation Observe()
    {
        var region = observed.Current;
        var independent = options.Value.Topology == Topology.Independent;
        // Where the watermark is no proof, use the purges that the agent has applied.
        var shown = independent || ledger.HasUnproven ? ledger.Presumed(GapGrace) : region.Shown;
        var progress = expected.Settle(shown, options.Value.WarnAfter);
        var refused = proof.TakeRefused();
        var now = Now();
        return new Observation
        {
            Now = now,
            Received = progress.Received,
            MessageAge = progress.MessageAge,
            Seen = independent ? ledger.HasBegun : region.WatermarkRead,
            Expected = progress.Expected,
            Observed = region.Shown,
            Lag = progress.Lag,
            Behind = progress.Behind,
            Late = progress.Late,
            BehindBytes = independent ? null : stream.BytesBeyond(region.PrimaryId, region.Offset),
            Repaired = repaired.Uncounted,
            Refused = refused,
            Diverged = refused > 0 || (board.Current.Observation.Diverged && ledger.HasPendingUnproven),
            Link = Copied(region) ? LinkState.Syncing : region.Link,
            OutFor = OutFor(region),
            NextEpisode = Guid.CreateVersion7(now.At),
        };
    }

    // A full resync from an almost empty primary can finish between two looks.
    private bool Copied(RegionSnapshot region)
    {
        var before = copies;
        copies = region.Copies;
        return copies != before;
    }

    private TimeSpan OutFor(RegionSnapshot region)
    {
        if (region.OutSince is not { } since)
            return TimeSpan.Zero;

        var outFor = time.GetElapsedTime(since) - (region.Answered ? TimeSpan.Zero : StartGrace);
        return outFor > TimeSpan.Zero ? outFor : TimeSpan.Zero;
    }

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Information, Message = "The verdict of region {Region} changed from {Previous} to {Verdict}: "
            + "expected watermark {Expected}, observed {Shown}, link {Link}")]
        public static partial void Changed(
            ILogger logger, string region, Verdict previous, Verdict verdict, Watermark expected, Watermark shown, LinkState link);
    }
}
