using LastMile.Events.Messages;
using MassTransit;

namespace Storefront.Alerts;

/// <summary>
/// Logs that a region's agent is not heard. Purges of a replicated region arrive without it; what an independent region makes of it is
/// <see cref="AgentWatch"/>'s business, which needs no Invalidator to tell.
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
        [LoggerMessage(LogLevel.Warning, "The agent of region {Region} has not been heard since {Since:HH:mm:ss}: nobody proves that purges arrive there. Look whether it runs.")]
        public static partial void Silent(ILogger logger, string region, DateTimeOffset since);

        [LoggerMessage(LogLevel.Information, "The agent of region {Region} is heard again, after {SilentMilliseconds:0} ms.")]
        public static partial void RegionIsBack(ILogger logger, string region, double silentMilliseconds);
    }
}
