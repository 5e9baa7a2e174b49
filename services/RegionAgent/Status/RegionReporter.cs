using LastMile.Events.Messages;
using LastMile.Events.Redis;
using LastMile.Events.RegionAgent.Leadership;
using LastMile.Events.RegionAgent.Observed;
using LastMile.Events.RegionAgent.Repair;
using LastMile.Events.RegionAgent.Verdicts;
using MassTransit;
using Microsoft.Extensions.Options;

namespace LastMile.Events.RegionAgent.Status;

/// <summary>
/// Tells the bus how the region stands: each second, and at once when a purge has arrived, in a flood of them ten times a second.
/// </summary>
internal sealed partial class RegionReporter : BackgroundService
{
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    // A purge moves what is shown, and a moment later what is known to be done; and the one after it is not to wait for that.
    private const int Burst = 3;

    // Reports that nobody reads in time are replaced by newer ones.
    private static readonly TimeSpan Lifetime = TimeSpan.FromSeconds(5);

    private readonly LeadershipState leadership;
    private readonly VerdictBoard board;
    private readonly ObservedRegion observed;
    private readonly PurgeLedger ledger;
    private readonly PrefixSweep sweep;
    private readonly IBus bus;
    private readonly RegionOptions options;
    private readonly TimeProvider time;
    private readonly ILogger<RegionReporter> logger;
    private readonly Signal news;
    private readonly WorstLag worst = new();
    private readonly ReportPace pace = new(Pause, Burst);
    private readonly long started;
    private long movedAt;

    public RegionReporter(
        LeadershipState leadership, VerdictBoard board, ObservedRegion observed, PurgeLedger ledger, PrefixSweep sweep, IBus bus, IOptions<RegionOptions> options,
        TimeProvider time, ILogger<RegionReporter> logger)
    {
        (this.leadership, this.board, this.observed, this.ledger, this.sweep) = (leadership, board, observed, ledger, sweep);
        (this.bus, this.options, this.time, this.logger) = (bus, options.Value, time, logger);
        (news, started, movedAt) = (new Signal(time), time.GetTimestamp(), time.GetTimestamp());
        observed.Looked += (_, _) => Moved();
        ledger.Advanced += (_, _) => Moved();
        board.Changed += (_, _) => worst.See(board.Current.Observation.Lag);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (true)
        {
            await news.WaitAsync(Period, stoppingToken);
            if (!leadership.IsLeading)
                continue;
            await ReportAsync(stoppingToken);
            await Task.Delay(pace.Made(time.GetElapsedTime(started)), time, stoppingToken);
        }
    }

    private async Task ReportAsync(CancellationToken cancellationToken)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        deadline.CancelAfter(Lifetime);
        try
        {
            await bus.Publish(Report(board.Current), publish => publish.TimeToLive = Lifetime, deadline.Token);
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            // The next report says more than this one; that the bus is down is told by its health check.
            Log.NotTaken(logger, exception.GetBaseException().Message);
        }
    }

    private RegionReported Report(VerdictState state) => new(
        options.Name,
        options.AgentName,
        options.Topology.ToString(),
        state.Verdict.ToString(),
        Place(Proved),
        Place(ledger.Applied),
        time.GetUtcNow())
    {
        Severity = state.Episode?.Severity,
        Link = state.Observation.Link,
        AgoMilliseconds = time.GetElapsedTime(Volatile.Read(ref movedAt)).TotalMilliseconds,
        LagMilliseconds = state.Observation.Lag.TotalMilliseconds,
        WorstLagMilliseconds = worst.Take().TotalMilliseconds,
        BehindBytes = state.Observation.BehindBytes,
        Scan = sweep.Current,
    };

    // What is shown may be no proof: a replica's watermark may pass a purge that was refused, and an independent region may have fallen back
    // since it was looked at.
    private Watermark Proved => options.Topology == Topology.Replicated ? ledger.Proved
        : observed.Current.Shown < ledger.Applied ? observed.Current.Shown
        : ledger.Applied;

    private void Moved()
    {
        Volatile.Write(ref movedAt, time.GetTimestamp());
        news.Raise();
    }

    private static RegionWatermark? Place(Watermark watermark) => watermark == default ? null : new(watermark.Epoch, watermark.Sequence);

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Debug, Message = "The bus did not take a report: {Reason}")]
        public static partial void NotTaken(ILogger logger, string reason);
    }
}
