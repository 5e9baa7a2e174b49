using LastMile.Events.Messages;
using MassTransit;
using Microsoft.Extensions.Options;

namespace Storefront.Alerts;

/// <summary>
/// Logs the alerts of every region about the Storefront's own lineage. A real application would notify its operators.
/// </summary>
internal sealed partial class LagAlerts(IOptions<StorefrontOptions> options, ILogger<LagAlerts> logger)
    : IConsumer<ReplicaLagDetected>, IConsumer<ReplicaLagRecovered>, IConsumer<RegionSilent>, IConsumer<RegionBack>
{
    public Task Consume(ConsumeContext<ReplicaLagDetected> context)
    {
        var alert = context.Message;
        if (IsMine(alert.Lineage))
            Log.Detected(logger, alert.Region, alert.Severity, alert.BehindBatches, alert.LagMilliseconds, alert.Link);
        return Task.CompletedTask;
    }

    public Task Consume(ConsumeContext<ReplicaLagRecovered> context)
    {
        var alert = context.Message;
        if (IsMine(alert.Lineage))
            Log.Recovered(logger, alert.Region, alert.DurationMilliseconds, alert.LatePurges);
        return Task.CompletedTask;
    }

    public Task Consume(ConsumeContext<RegionSilent> context)
    {
        if (IsMine(context.Message.Lineage))
            Log.Silent(logger, context.Message.Region, context.Message.Since);
        return Task.CompletedTask;
    }

    public Task Consume(ConsumeContext<RegionBack> context)
    {
        if (IsMine(context.Message.Lineage))
            Log.RegionIsBack(logger, context.Message.Region, context.Message.SilentMilliseconds);
        return Task.CompletedTask;
    }

    private bool IsMine(string lineage) => lineage == options.Value.Redis.Lineage;

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

        [LoggerMessage(
            LogLevel.Warning,
            "The agent of region {Region} has not reported since {Since:HH:mm:ss}, so nothing proves that purges arrive there. "
            + "Check that it runs and reaches RabbitMQ.")]
        public static partial void Silent(ILogger logger, string region, DateTimeOffset since);

        [LoggerMessage(LogLevel.Information, "The agent of region {Region} reports again, after {SilentMilliseconds:0} ms.")]
        public static partial void RegionIsBack(ILogger logger, string region, double silentMilliseconds);
    }
}
