using LastMile.Events.Messages;
using MassTransit;
using Microsoft.Extensions.Options;
using Storefront.Cache;

namespace Storefront.Alerts;

/// <summary>
/// Distrusts the cache of an independent region while its agent's reports don't arrive, because only that agent purges the region's
/// Redis. The agent may be down, or either side may have lost the bus.
/// </summary>
internal sealed class AgentWatch(RegionTrust trust, IOptions<StorefrontOptions> options, TimeProvider time) : BackgroundService
{
    private static readonly TimeSpan Period = TimeSpan.FromMilliseconds(500);

    private long reportedAt = time.GetTimestamp();

    /// <summary>Records that the agent has reported.</summary>
    public void Received()
    {
        Interlocked.Exchange(ref reportedAt, time.GetTimestamp());
        trust.Set(DistrustReasons.AgentSilent, holds: false);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Period, time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            if (time.GetElapsedTime(Interlocked.Read(ref reportedAt)) >= options.Value.SilentAfter)
                trust.Set(DistrustReasons.AgentSilent, holds: true);
        }
    }
}

/// <summary>Receives the reports of all agents and passes on those of this region's agent.</summary>
internal sealed class AgentReports(AgentWatch watch, IOptions<StorefrontOptions> options) : IConsumer<RegionReported>
{
    public Task Consume(ConsumeContext<RegionReported> context)
    {
        if (context.Message.Region == options.Value.Region)
            watch.Received();
        return Task.CompletedTask;
    }
}
