using LastMile.Events.Hosting;
using LastMile.Events.Redis;
using LastMile.Events.RegionAgent.Configuration;
using Microsoft.Extensions.Options;

namespace LastMile.Events.RegionAgent.Leadership;

/// <summary>
/// Keeps the lease of the region's active agent, where the agents can read the purge log without the bus. An agent that the bus has made
/// active takes the lease from any other. An agent that receives nothing from the bus takes it only when it is free, and is then active.
/// </summary>
internal sealed class LeaseKeeper(
    RedisConnection redis, LeadershipState leadership, IOptions<RegionOptions> options, TimeProvider time) : BackgroundService
{
    private static readonly TimeSpan Duration = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan Period = TimeSpan.FromMilliseconds(500);

    // The region's Redis runs next to the agent, so a second is ample.
    private static readonly TimeSpan AnswerTimeout = TimeSpan.FromSeconds(1);

    // Each Invalidator sends a heartbeat once a second. An agent that has just started gives the bus this time to choose.
    private static readonly TimeSpan SilentAfter = TimeSpan.FromSeconds(2);

    // Agents may have the same name by mistake.
    private readonly string holder = $"{options.Value.AgentName}-{Guid.NewGuid():N}";

    // One lease for all lineages, because one queue carries the messages of all. An agent of other lineages has another one.
    private readonly RedisKeys keys = new(redis.Keys.Prefix, options.Value.ServedLineages[0].Name);

    private bool IsNeeded => options.Value.ServedLineages.Any(lineage => lineage.LogAddress is not null);

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        if (!IsNeeded || !leadership.IsLeading)
            return;
        try
        {
            await (await LeaseAsync()).ReleaseAsync().WaitAsync(AnswerTimeout, time, cancellationToken);
        }
        catch (Exception)
        {
            // The lease expires by itself.
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (!IsNeeded)
            return;
        var keptAt = time.GetTimestamp();
        using var timer = new PeriodicTimer(Period, time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                await KeepAsync().WaitAsync(AnswerTimeout, time, stoppingToken);
                keptAt = time.GetTimestamp();
            }
            catch (Exception) when (!stoppingToken.IsCancellationRequested)
            {
                // The health check reports a Redis that does not answer.
                if (time.GetElapsedTime(keptAt) >= Duration)
                    leadership.LeaseUnknown();
            }
        }
    }

    private async Task KeepAsync()
    {
        var isSilent = leadership.MessageAge >= SilentAfter;
        if (!leadership.IsLeading && !isSilent)
            return;
        var isChosen = leadership is { IsLeading: true, HasReceived: true } && !isSilent;
        if (await (await LeaseAsync()).TakeAsync(Duration, force: isChosen))
            leadership.LeaseTaken();
        else
            leadership.LeaseLost();
    }

    private async Task<LeaderLease> LeaseAsync() => new(await redis.DatabaseAsync(), keys, holder);
}
