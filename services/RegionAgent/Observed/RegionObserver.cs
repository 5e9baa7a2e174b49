using LastMile.Events.Hosting;
using LastMile.Events.Messages;
using LastMile.Events.Redis;
using LastMile.Events.RegionAgent.Expected;
using Microsoft.Extensions.Options;
using StackExchange.Redis;

namespace LastMile.Events.RegionAgent.Observed;

/// <summary>
/// Looks at the region's Redis each time a watermark is announced, and once a period without that. Each period it reads, besides, how the
/// server replicates and what it evicts.
/// </summary>
internal sealed class RegionObserver(
    RedisConnection connection,
    [FromKeyedServices(RegionObserver.Redis)] Dependency redis,
    ObservedRegion observed,
    ExpectedWatermarks expected,
    IOptions<RegionOptions> options,
    TimeProvider time) : BackgroundService
{
    /// <summary>The region's Redis, in health reports.</summary>
    public const string Redis = "redis";

    private const int StepsOfPeriod = 5;

    // A flood of purges costs two hundred looks a second: about 3 ms of the server's time.
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(5);

    // The server stands next to the agent: a second is an age.
    private static readonly TimeSpan AnswerWithin = TimeSpan.FromSeconds(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var (observedAt, seen) = (time.GetTimestamp(), -1L);
        while (true)
        {
            var announced = observed.Announcements;
            if (seen < 0 || time.GetElapsedTime(observedAt) >= DueAfter)
            {
                observedAt = time.GetTimestamp();
                await ObserveAsync(observedAt, stoppingToken);
            }
            else if (announced != seen)
            {
                await LookAsync(stoppingToken);
            }

            seen = announced;
            await Task.Delay(Pause, time, stoppingToken);
            await observed.Announcement.WaitAsync(Step, stoppingToken);
        }
    }

    private TimeSpan Step => options.Value.ObservePeriod / StepsOfPeriod;

    private TimeSpan DueAfter => expected.IsAheadOf(observed.Current.Shown) ? Step : options.Value.ObservePeriod;

    private async Task ObserveAsync(long asked, CancellationToken cancellationToken)
    {
        try
        {
            var (info, memory, look) = await ObserveAsync().WaitAsync(AnswerWithin, time, cancellationToken);
            observed.Evicts(memory);
            if (look is not null)
                observed.See(look);
            observed.Linked(RegionRole.Link(info, options.Value.Topology), asked);
            observed.Replicates(info);
            redis.Warn(RegionRole.Warning(info, options.Value.Topology, connection.ToString()) ?? RegionRole.Warning(memory, connection.ToString()));
            redis.Answered();
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            observed.Linked(LinkState.Unreachable, asked);
            redis.Failed(exception);
        }
    }

    private async Task LookAsync(CancellationToken cancellationToken)
    {
        try
        {
            if (await LookAsync().WaitAsync(AnswerWithin, time, cancellationToken) is { } look)
                observed.See(look);
        }
        catch (Exception) when (!cancellationToken.IsCancellationRequested)
        {
            // The next observation repeats it, and reports a server that does not answer.
        }
    }

    private async Task<RegionObservation> ObserveAsync()
    {
        try
        {
            return await (await ScriptAsync()).ObserveAsync();
        }
        catch (RedisServerException busy) when (IsWithoutData(busy.Message))
        {
            // It answers, but shows no data now: what it showed last stands.
            return await LookScript.ObserveWithoutDataAsync(await connection.ServerAsync());
        }
    }

    private async Task<RegionLook?> LookAsync()
    {
        try
        {
            return await (await ScriptAsync()).LookAsync();
        }
        catch (RedisServerException busy) when (IsWithoutData(busy.Message))
        {
            return null;
        }
    }

    private async Task<LookScript> ScriptAsync() => new(await connection.DatabaseAsync(), connection.Keys);

    // The error may come from inside the script.
    private static bool IsWithoutData(string error) =>
        error.StartsWith("LOADING", StringComparison.Ordinal) || error.Contains("MASTERDOWN", StringComparison.Ordinal);
}
