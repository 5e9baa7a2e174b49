using LastMile.Events.Messages;
using MassTransit;
using Microsoft.Extensions.Options;

namespace Storefront.Alerts;

/// <summary>Logs every region's alerts and passes those of this region to <see cref="CriticalEpisode"/>.</summary>
internal sealed partial class LagAlerts(IOptions<StorefrontOptions> options, CriticalEpisode episode, ILogger<LagAlerts> logger)
    : IConsumer<ReplicaLagDetected>, IConsumer<ReplicaLagRecovered>
{
    public Task Consume(ConsumeContext<ReplicaLagDetected> context)
    {
        var alert = context.Message;
        Log.Detected(logger, alert.Region, alert.Severity, alert.BehindBatches, alert.LagMilliseconds, alert.Link);
        if (alert.Region == options.Value.Region)
            episode.Detected(alert);
        return Task.CompletedTask;
    }

    public Task Consume(ConsumeContext<ReplicaLagRecovered> context)
    {
        var alert = context.Message;
        Log.Recovered(logger, alert.Region, alert.DurationMilliseconds, alert.LatePurges);
        if (alert.Region == options.Value.Region)
            episode.Recovered(alert);
        return Task.CompletedTask;
    }

    private static partial class Log
    {
        [LoggerMessage(
            LogLevel.Warning,
            "Region {Region} is behind ({Severity}): {BehindBatches} purge batches, the oldest {LagMilliseconds:0} ms late, link {Link}. "
            + "See /status of its agent.")]
        public static partial void Detected(
            ILogger logger, string region, LagSeverity severity, long behindBatches, double lagMilliseconds, LinkState link);

        [LoggerMessage(
            LogLevel.Information, "Region {Region} has caught up after {DurationMilliseconds:0} ms; {LatePurges} purges were late.")]
        public static partial void Recovered(ILogger logger, string region, double durationMilliseconds, long latePurges);
    }
}
