using LastMile.Events.Messages;
using LastMile.Events.Redis;
using LastMile.Events.RegionAgent.Alerts;
using LastMile.Events.RegionAgent.Leadership;
using LastMile.Events.RegionAgent.Expected;
using LastMile.Events.RegionAgent.Observed;
using LastMile.Events.RegionAgent.Repair;
using Microsoft.Extensions.Options;

namespace LastMile.Events.RegionAgent.Verdicts;

/// <summary>Judges the region ten times a second, from what is known; it asks nobody.</summary>
internal sealed partial class VerdictMonitor(
    LeadershipState leadership,
    ExpectedWatermarks expected,
    PrimaryStream stream,
    ObservedRegion observed,
    PurgeLedger ledger,
    ReplicationProof proof,
    RepairCount repaired,
    EpisodeHandover recall,
    VerdictBoard board,
    AlertRaiser alarm,
    RegionAgentMetrics metrics,
    IOptions<RegionOptions> options,
    TimeProvider time,
    ILogger<VerdictMonitor> logger) : BackgroundService
{
    private static readonly TimeSpan Period = TimeSpan.FromMilliseconds(100);

    // An agent that has just started may itself be what is slow, and not its region.
    private static readonly TimeSpan StartGrace = TimeSpan.FromSeconds(5);

    // What an independent region lacks of batches that never came: closed by the log sooner, even if the Invalidator that crashed and left
    // the gap has to start first; or it is trouble.
    private static readonly TimeSpan GapGrace = TimeSpan.FromSeconds(10);

    private readonly long started = time.GetTimestamp();
    private volatile bool begins = true;
    private long copies;

    public override Task StartAsync(CancellationToken cancellationToken)
    {
        leadership.Changed += (_, _) =>
        {
            recall.Begin();
            begins = true;
        };
        return base.StartAsync(cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Period, time);
        var last = time.GetTimestamp();
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            // When this process stood still, everything looks late that only waits to be heard: let it be heard first.
            var stoodStill = time.GetElapsedTime(last) > 5 * Period;
            last = time.GetTimestamp();
            if (begins)
                Begin();
            if (!stoodStill && leadership.IsLeading)
                Judge();
        }
    }

    // What was judged before was another agent's turn since, or is to be.
    private void Begin()
    {
        begins = false;
        copies = observed.Current.Copies;
        board.Current = VerdictState.Start(Now());
    }

    private void Judge()
    {
        var previous = Recalled(board.Current);
        if (recall.IsAwaited)
            return;
        var next = VerdictPolicy.Next(previous, Observe(), options.Value);
        board.Current = next;
        metrics.Judged(next);
        metrics.Refused(next.Observation.Refused);
        // Repair begins before an episode does: what was repaired of one lag counts for the episode that the lag becomes.
        if (previous.Episode is not null || next.Episode is not null || next.Observation.Lag == TimeSpan.Zero)
            repaired.Forget(next.Observation.Repaired);

        if (next.Verdict != previous.Verdict)
            Log.Changed(logger, options.Value.Name, previous.Verdict, next.Verdict, next.Observation.Expected, next.Observation.Observed, next.Observation.Link);
        if (AlertPolicy.Decide(previous, next, options.Value.Name) is { } alert)
            alarm.Raise(alert);
    }

    // An episode that was open when this agent took over goes on, once none of its own is open.
    private VerdictState Recalled(VerdictState state) => recall.Take(state.Episode?.Id) is { Open: { } alert } told
        ? state with
        {
            Episode = new Episode(
                alert.Episode, alert.Severity, Now().Before(TimeSpan.FromMilliseconds(told.AgoMilliseconds)), TimeSpan.FromMilliseconds(alert.LagMilliseconds), Late: 0, Repaired: 0),
        }
        : state;

    private Moment Now() => new(time.GetElapsedTime(started), time.GetUtcNow());

    private Observation Observe()
    {
        var region = observed.Current;
        var independent = options.Value.Topology == Topology.Independent;
        // Where the watermark is no proof, what counts is what the agent has done.
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
            Diverged = refused > 0 || (board.Current.Observation.Diverged && ledger.OwesUnproven),
            Link = Copied(region) ? LinkState.Syncing : region.Link,
            OutFor = OutFor(region),
            NextEpisode = Guid.CreateVersion7(now.At),
        };
    }

    // An almost empty primary is copied in less time than lies between two looks.
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
        [LoggerMessage(Level = LogLevel.Information, Message = "Region {Region} is {Verdict}, after {Previous}: expected {Expected}, shown {Shown}, link {Link}")]
        public static partial void Changed(ILogger logger, string region, Verdict previous, Verdict verdict, Watermark expected, Watermark shown, LinkState link);
    }
}
