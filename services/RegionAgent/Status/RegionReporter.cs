using LastMile.Events.Hosting;
using LastMile.Events.Messages;
using LastMile.Events.Redis;
using LastMile.Events.RegionAgent.Configuration;
using LastMile.Events.RegionAgent.Leadership;
using LastMile.Events.RegionAgent.Ledger;
using LastMile.Events.RegionAgent.Observed;
using LastMile.Events.RegionAgent.Repair;
using LastMile.Events.RegionAgent.Verdicts;
using MassTransit;
using Microsoft.Extensions.Options;

namespace LastMile.Events.RegionAgent.Status;

/// <summary>
/// Publishes the region's state once a second, and at once when a purge has arrived; ten times a second during a flood of purges.
/// </summary>
internal sealed partial class RegionReporter : BackgroundService
{
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    // One purge moves the observed watermark, and a moment later the applied one. The burst leaves a third report for the next purge.
    private const int Burst = 3;

    // A newer report replaces one that is not read in time.
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
    private readonly Signal moved;
    private readonly WorstLag worst = new();
    private readonly ReportPace pace = new(Pause, Burst);
    private readonly long started;
    private long movedAt;

    public RegionReporter(
        LeadershipState leadership, VerdictBoard board, ObservedRegion observed, PurgeLedger ledger, PrefixSweep sweep, IBus bus,
        IOptions<RegionOptions> options, TimeProvider time, ILogger<RegionReporter> logger)
    {
        (this.leadership, this.board, this.observed, this.ledger, this.sweep) = (leadership, board, observed, ledger, sweep);
        (this.bus, this.options, this.time, this.logger) = (bus, options.Value, time, logger);
        (moved, started, movedAt) = (new Signal(time), time.GetTimestamp(), time.GetTimestamp());
        observed.Looked += (_, _) => Moved();
        ledger.Advanced += (_, _) => Moved();
        board.Changed += (_, _) => worst.Record(board.Current.Observation.Lag);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (true)
        {
            await moved.WaitAsync(Period, stoppingToken);
            if (!leadership.IsLeading)
                continue;
            await ReportAsync(stoppingToken);
            await Task.Delay(pace.Record(time.GetElapsedTime(started)), time, stoppingToken);
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
            // The next report replaces this one. The bus's health check reports the outage.
            Log.Rejected(logger, exception.GetBaseException().Message);
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
        AgeMilliseconds = time.GetElapsedTime(Volatile.Read(ref movedAt)).TotalMilliseconds,
        LagMilliseconds = state.Observation.Lag.TotalMilliseconds,
        WorstLagMilliseconds = worst.Take().TotalMilliseconds,
        BehindBytes = state.Observation.BehindBytes,
        Scan = sweep.Current,
    };

    // The observed watermark may prove too much: a replica's watermark may have passed a refused purge, and an independent region may have
    // fallen back since the last look.
    private Watermark Proved => options.Topology == Topology.Replicated ? ledger.Proved
        : observed.Current.Shown < ledger.Applied ? observed.Current.Shown
        : ledger.Applied;

    private void Moved()
    {
        Volatile.Write(ref movedAt, time.GetTimestamp());
        moved.Raise();
    }

    private static RegionWatermark? Place(Watermark watermark) => watermark == default ? null : new(watermark.Epoch, watermark.Sequence);

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Debug, Message = "The bus did not accept a report: {Reason}")]
        public static partial void Rejected(ILogger logger, string reason);
    }
}
