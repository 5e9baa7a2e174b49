using LastMile.Events.Messages;
using LastMile.Events.Redis;
using LastMile.Events.RegionAgent.Alerts;
using LastMile.Events.RegionAgent.Configuration;
using LastMile.Events.RegionAgent.Leadership;
using LastMile.Events.RegionAgent.Verdicts;
using Microsoft.Extensions.Options;

namespace LastMile.Events.RegionAgent.Monitoring;

/// <summary>Forms a verdict ten times a second, from state in memory; it makes no requests.</summary>
internal sealed partial class VerdictMonitor(
    LeadershipState leadership,
    ObservationSource observations,
    EpisodeHandover handover,
    VerdictBoard board,
    AlertRaiser alerts,
    IOptions<RegionOptions> options,
    LineageOptions lineage,
    TimeProvider time,
    ILogger<VerdictMonitor> logger) : BackgroundService
{
    private static readonly TimeSpan Period = TimeSpan.FromMilliseconds(100);

    private volatile bool needsReset = true;

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
            // Read before the state, so that a verdict from before a change of the leader raises no alert after it.
            var term = leadership.Term;
            if (needsReset)
                Reset();
            if (!wasSuspended && leadership.IsLeading)
                Judge(term);
        }
    }

    // The old state is obsolete, because another agent is or was active.
    private void Reset()
    {
        needsReset = false;
        observations.Reset();
        board.Current = VerdictState.Start(observations.Now);
    }

    private void Judge(Guid term)
    {
        var previous = WithInheritedEpisode(board.Current);
        if (handover.IsAwaited)
            return;
        var next = VerdictPolicy.Next(previous, observations.Next(previous.Observation), options.Value);
        board.Current = next;
        observations.Record(previous, next);
        if (next.Verdict != previous.Verdict)
        {
            Log.Changed(
                logger, options.Value.Name, previous.Verdict, next.Verdict, next.Observation.Expected, next.Observation.Observed,
                next.Observation.Link);
        }

        if (AlertPolicy.Decide(previous, next, options.Value.Name, lineage.Name) is { } alert)
            alerts.Raise(alert with { Term = term });
    }

    // Continues the episode that was open when this agent took over, once the agent has no open episode of its own.
    private VerdictState WithInheritedEpisode(VerdictState state) => handover.Take(state.Episode?.Id) is { Open: { } alert } reported
        ? state with
        {
            Episode = new Episode(
                alert.Episode,
                alert.Severity,
                observations.Now.Before(TimeSpan.FromMilliseconds(reported.AgeMilliseconds)),
                TimeSpan.FromMilliseconds(alert.LagMilliseconds),
                Late: 0,
                Repaired: 0),
        }
        : state;

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Information, Message = "The verdict of region {Region} changed from {Previous} to {Verdict}: "
            + "expected watermark {Expected}, observed {Shown}, link {Link}")]
        public static partial void Changed(
            ILogger logger, string region, Verdict previous, Verdict verdict, Watermark expected, Watermark shown, LinkState link);
    }
}
