using LastMile.Events.Messages;
using LastMile.Events.Redis;
using LastMile.Events.RegionAgent.Alerts;
using LastMile.Events.RegionAgent.Expected;
using LastMile.Events.RegionAgent.Observed;
using Microsoft.Extensions.Options;

namespace LastMile.Events.RegionAgent.Verdicts;

/// <summary>Judges the region ten times a second, from what is known; it asks nobody.</summary>
internal sealed partial class VerdictMonitor(
    ExpectedWatermarks expected,
    ObservedRegion observed,
    VerdictBoard board,
    Alarm alarm,
    RegionAgentMetrics metrics,
    IOptions<RegionOptions> options,
    TimeProvider time,
    ILogger<VerdictMonitor> logger) : BackgroundService
{
    private static readonly TimeSpan Period = TimeSpan.FromMilliseconds(100);

    // An agent that has just started may itself be what is slow, and not its region.
    private static readonly TimeSpan StartGrace = TimeSpan.FromSeconds(5);

    private readonly long started = time.GetTimestamp();

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Period, time);
        var last = time.GetTimestamp();
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            // When this process stood still, everything looks late that only waits to be heard: let it be heard first.
            var stoodStill = time.GetElapsedTime(last) > 5 * Period;
            last = time.GetTimestamp();
            if (!stoodStill)
                Judge();
        }
    }

    private void Judge()
    {
        var previous = board.Current;
        var next = VerdictPolicy.Next(previous, Observe(), options.Value);
        board.Current = next;
        metrics.Judged(next);

        if (next.Verdict != previous.Verdict)
            Log.Changed(logger, options.Value.Name, previous.Verdict, next.Verdict, next.Observation.Expected, next.Observation.Observed, next.Observation.Link);
        if (AlertPolicy.Decide(previous, next, options.Value.Name) is { } alert)
            alarm.Raise(alert);
    }

    private Observation Observe()
    {
        var region = observed.Current;
        var progress = expected.Settle(region.Shown, options.Value.WarnAfter);
        var now = time.GetUtcNow();
        return new Observation
        {
            Now = new Moment(time.GetElapsedTime(started), now),
            Heard = progress.Heard,
            HeardAgo = progress.HeardAgo,
            Seen = region.WatermarkRead,
            Expected = progress.Expected,
            Observed = region.Shown,
            Lag = progress.Lag,
            Behind = progress.Behind,
            Late = progress.Late,
            Link = region.Link,
            OutFor = OutFor(region),
            NextEpisode = Guid.CreateVersion7(now),
        };
    }

    private TimeSpan OutFor(RegionView region)
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
