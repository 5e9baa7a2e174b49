using LastMile.Events.Messages;
using MassTransit;

namespace Storefront.Alerts;

/// <summary>
/// Logs that a region's agent is silent. A replicated region receives purges without its agent; in an independent region
/// <see cref="AgentWatch"/> detects the silence without an Invalidator.
/// </summary>
internal sealed partial class SilenceAlerts(ILogger<SilenceAlerts> logger) : IConsumer<RegionSilent>, IConsumer<RegionBack>
{
    public Task Consume(ConsumeContext<RegionSilent> context)
    {
        Log.Silent(logger, context.Message.Region, context.Message.Since);
        return Task.CompletedTask;
    }

    public Task Consume(ConsumeContext<RegionBack> context)
    {
        Log.RegionIsBack(logger, context.Message.Region, context.Message.SilentMilliseconds);
        return Task.CompletedTask;
    }

    private static partial class Log
    {
        [LoggerMessage(
            LogLevel.Warning,
            "The agent of region {Region} has not reported since {Since:HH:mm:ss}, so nothing proves that purges arrive there. "
            + "Check that it runs and reaches RabbitMQ.")]
        public static partial void Silent(ILogger logger, string region, DateTimeOffset since);

        [LoggerMessage(LogLevel.Information, "The agent of region {Region} reports again, after {SilentMilliseconds:0} ms.")]
        public static partial void RegionIsBack(ILogger logger, string region, double silentMilliseconds);
    }
}
