using LastMile.Events.Hosting;
using LastMile.Events.Messages;
using LastMile.Events.Redis;
using LastMile.Events.RegionAgent.Expected;
using Microsoft.Extensions.Options;
using StackExchange.Redis;

namespace LastMile.Events.RegionAgent.Observed;

/// <summary>Asks the region's Redis for its watermark and its link: the check on the subscription, and the only news of the link.</summary>
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

    // The server stands next to the agent: a second is an age.
    private static readonly TimeSpan AnswerWithin = TimeSpan.FromSeconds(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var steps = new PeriodicTimer(options.Value.ObservePeriod / StepsOfPeriod, time);
        for (var step = 0; ; step++)
        {
            if (step % StepsOfPeriod == 0 || expected.IsAheadOf(observed.Current.Shown))
                await ObserveAsync(stoppingToken);
            await steps.WaitForNextTickAsync(stoppingToken);
        }
    }

    private async Task ObserveAsync(CancellationToken cancellationToken)
    {
        var asked = time.GetTimestamp();
        var announcements = observed.Announcements;
        try
        {
            var (info, watermark) = await AskAsync().WaitAsync(AnswerWithin, time, cancellationToken);
            if (watermark is { } shown)
                observed.Read(shown, announcements);
            observed.Linked(RegionRole.Link(info, options.Value.Topology), asked);
            observed.Replicates(info);
            redis.Warn(RegionRole.Warning(info, options.Value.Topology, connection.ToString()));
            redis.Answered();
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            observed.Linked(LinkState.Unreachable, asked);
            redis.Failed(exception);
        }
    }

    private async Task<(ReplicationInfo Info, Watermark? Watermark)> AskAsync()
    {
        var info = await ReplicationInfo.ReadAsync(await connection.ServerAsync());
        try
        {
            var text = (string?)await (await connection.DatabaseAsync()).StringGetAsync(connection.Keys.Watermark);
            return (info, Watermark.TryParse(text, out var watermark) ? watermark : default(Watermark));
        }
        catch (RedisServerException busy) when (busy.Message.StartsWith("LOADING", StringComparison.Ordinal) || busy.Message.StartsWith("MASTERDOWN", StringComparison.Ordinal))
        {
            // It answers, but shows no data now: what it showed last stands.
            return (info, null);
        }
    }
}
