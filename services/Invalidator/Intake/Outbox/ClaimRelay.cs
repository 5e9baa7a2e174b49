using LastMile.Events.Hosting;
using LastMile.Events.Invalidator.Configuration;
using LastMile.Events.Invalidator.Rules;
using Microsoft.Extensions.Options;

namespace LastMile.Events.Invalidator.Intake.Outbox;

/// <summary>
/// Runs the workers that claim changes from the outbox, and retries failed claims. Any number of workers may run, in this and other
/// Invalidators.
/// </summary>
internal sealed partial class ClaimRelay(
    RuleRefresh refresh,
    Doorbell doorbell,
    ClaimProcessor processor,
    IOptions<InvalidatorOptions> options,
    TimeProvider time,
    ILogger<ClaimRelay> logger) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await refresh.Read.WaitAsync(stoppingToken);
        await Task.WhenAll(Enumerable.Range(0, options.Value.Workers).Select(_ => RunAsync(stoppingToken)));
    }

    private async Task RunAsync(CancellationToken stoppingToken)
    {
        var retry = Retry.Forever(time, Report);
        var emptyPolls = 0;
        while (!stoppingToken.IsCancellationRequested)
        {
            var claimed = await retry.ExecuteAsync(async token => await processor.ProcessAsync(token), stoppingToken);
            if (claimed.Rows.Count > 0)
                emptyPolls = 0;
            if (!claimed.IsFull)
                emptyPolls = await doorbell.WaitAsync(emptyPolls, stoppingToken) ? 0 : emptyPolls + 1;
        }
    }

    private void Report(Exception failure)
    {
        processor.Failed(failure);
        Log.Failed(logger, failure.Message);
    }

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Debug, Message = "A claim failed and will be retried: {Reason}")]
        public static partial void Failed(ILogger logger, string reason);
    }
}
