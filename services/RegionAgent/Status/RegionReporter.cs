using LastMile.Events.Messages;
using LastMile.Events.Redis;
using LastMile.Events.RegionAgent.Verdicts;
using MassTransit;
using Microsoft.Extensions.Options;

namespace LastMile.Events.RegionAgent.Status;

/// <summary>Tells the bus each second how the region stands.</summary>
internal sealed partial class RegionReporter(VerdictBoard board, IBus bus, IOptions<RegionOptions> options, TimeProvider time, ILogger<RegionReporter> logger) : BackgroundService
{
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(1);

    // Reports that nobody reads in time are replaced by newer ones.
    private static readonly TimeSpan Lifetime = TimeSpan.FromSeconds(5);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Period, time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
            await ReportAsync(stoppingToken);
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
        options.Value.Name,
        options.Value.AgentName,
        options.Value.Topology.ToString(),
        state.Verdict.ToString(),
        Place(state.Observation.Observed),
        Applied: null,
        state.Observation.Now.At)
    {
        Severity = state.Episode?.Severity,
        Link = state.Observation.Link,
        LagMilliseconds = state.Observation.Lag.TotalMilliseconds,
    };

    private static RegionWatermark? Place(Watermark watermark) => watermark == default ? null : new(watermark.Epoch, watermark.Sequence);

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Debug, Message = "The bus did not take a report: {Reason}")]
        public static partial void NotTaken(ILogger logger, string reason);
    }
}
