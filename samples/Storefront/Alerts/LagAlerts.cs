using LastMile.Events.Messages;
using MassTransit;
using Microsoft.Extensions.Options;
using Storefront.Cache;

namespace Storefront.Alerts;

/// <summary>Stops serving from this region's cache while its purges are critically late, and logs what it hears of the other regions.</summary>
internal sealed partial class LagAlerts(IOptions<StorefrontOptions> options, RegionTrust trust, ILogger<LagAlerts> logger)
    : IConsumer<ReplicaLagDetected>, IConsumer<ReplicaLagRecovered>
{
    public Task Consume(ConsumeContext<ReplicaLagDetected> context)
    {
        var alert = context.Message;
        Log.Detected(logger, alert.Region, alert.Severity, alert.BehindSequences, alert.LagMilliseconds, alert.Link);
        if (IsMine(alert.Region) && alert.Severity == LagSeverity.Critical)
        {
            trust.Trusted = false;
            Log.CacheOff(logger, alert.Region);
        }

        return Task.CompletedTask;
    }

    public Task Consume(ConsumeContext<ReplicaLagRecovered> context)
    {
        var alert = context.Message;
        Log.Recovered(logger, alert.Region, alert.DurationMilliseconds, alert.LatePurges);
        if (IsMine(alert.Region) && !trust.Trusted)
        {
            trust.Trusted = true;
            Log.CacheOn(logger, alert.Region);
        }

        return Task.CompletedTask;
    }

    private bool IsMine(string region) => region == options.Value.Region;

    private static partial class Log
    {
        [LoggerMessage(LogLevel.Warning, "Region {Region} is behind ({Severity}): {BehindSequences} purge batches, the oldest {LagMilliseconds:0} ms late, link {Link}. Its agent's /status says more.")]
        public static partial void Detected(ILogger logger, string region, LagSeverity severity, long behindSequences, double lagMilliseconds, LinkState link);

        [LoggerMessage(LogLevel.Information, "Region {Region} has caught up after {DurationMilliseconds:0} ms; {LatePurges} purges came late.")]
        public static partial void Recovered(ILogger logger, string region, double durationMilliseconds, long latePurges);

        [LoggerMessage(LogLevel.Warning, "Reading from the database until region {Region} has caught up: expect more load there.")]
        public static partial void CacheOff(ILogger logger, string region);

        [LoggerMessage(LogLevel.Information, "Serving from the cache of region {Region} again.")]
        public static partial void CacheOn(ILogger logger, string region);
    }
}
