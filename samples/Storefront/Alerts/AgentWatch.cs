using LastMile.Events.Messages;
using MassTransit;
using Microsoft.Extensions.Options;
using Storefront.Cache;

namespace Storefront.Alerts;

/// <summary>
/// In the independent topology nobody but the region's agent purges its Redis: the cache is doubted while its reports don't come, be it
/// that the agent is gone or that the bus is, for one of the two.
/// </summary>
internal sealed class AgentWatch(RegionTrust trust, IOptions<StorefrontOptions> options, TimeProvider time) : BackgroundService
{
    private static readonly TimeSpan Period = TimeSpan.FromMilliseconds(500);

    private long heardAt = time.GetTimestamp();

    /// <summary>Notes that the agent has reported.</summary>
    public void Received()
    {
        Interlocked.Exchange(ref heardAt, time.GetTimestamp());
        trust.Set(DistrustReasons.Unheard, holds: false);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Period, time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            if (time.GetElapsedTime(Interlocked.Read(ref heardAt)) >= options.Value.SilentAfter)
                trust.Set(DistrustReasons.Unheard, holds: true);
        }
    }
}

/// <summary>Hears the agents, of which one is this region's.</summary>
internal sealed class AgentReports(AgentWatch watch, IOptions<StorefrontOptions> options) : IConsumer<RegionReported>
{
    public Task Consume(ConsumeContext<RegionReported> context)
    {
        if (context.Message.Region == options.Value.Region)
            watch.Received();
        return Task.CompletedTask;
    }
}
