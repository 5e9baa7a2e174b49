using LastMile.Events.Hosting;
using LastMile.Events.Messages;
using LastMile.Events.Redis;
using LastMile.Events.RegionAgent.Configuration;
using LastMile.Events.RegionAgent.Ledger;
using Microsoft.Extensions.Options;
using StackExchange.Redis;

namespace LastMile.Events.RegionAgent.Observed;

/// <summary>
/// Samples the region's Redis whenever a watermark is announced, and once per period without an announcement. Once per period it also
/// reads what the server is, because its address may lead to another one.
/// </summary>
internal sealed partial class RegionObserver(
    RedisConnection connection,
    [FromKeyedServices(RegionObserver.Redis)] Dependency redis,
    ObservedRegion observed,
    PurgeLedger ledger,
    IReplicationRole role,
    RegionSampler sampler,
    IOptions<RegionOptions> options,
    TimeProvider time,
    ILogger<RegionObserver> logger) : BackgroundService
{
    /// <summary>The name of the region's Redis in health reports.</summary>
    public const string Redis = "redis";

    private const int StepsPerPeriod = 5;

    // Limits a flood of purges to 200 samples a second, which take about 3 ms of the server's time.
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(5);

    private string? seenServer;

    // The server runs next to the agent, so a second is ample. The sampler of a cluster has a limit of its own, which names the node.
    private TimeSpan AnswerTimeout => TimeSpan.FromSeconds(sampler.IsCluster ? 2 : 1);

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
                await SampleAsync(stoppingToken);
            }

            seen = announced;
            await Task.Delay(Pause, time, stoppingToken);
            await observed.Announcement.WaitAsync(Step, stoppingToken);
        }
    }

    private TimeSpan Step => options.Value.ObservePeriod / StepsPerPeriod;

    private TimeSpan DueAfter => ledger.IsMissingAny(observed.Current.Shown) ? Step : options.Value.ObservePeriod;

    private async Task ObserveAsync(long polledAt, CancellationToken cancellationToken)
    {
        try
        {
            var ((server, sample), warning) = await ObserveAsync().WaitAsync(AnswerTimeout, time, cancellationToken);
            Recognize(server);
            var info = server.Replication;
            observed.RecordMemory(server.Memory);
            if (sample is not null)
                observed.RecordSample(sample);
            observed.RecordLink(role.Link(info), polledAt);
            observed.RecordReplication(info);
            redis.Warn(role.Warning(info, connection.ToString()) ?? warning);
            redis.Answered();
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            observed.RecordLink(LinkState.Unreachable, polledAt);
            redis.Failed(exception);
        }
    }

    private void Recognize(ServerFacts server)
    {
        var (address, text) = (connection.ToString(), server.ToString());
        if (text != seenServer)
            Log.Recognized(logger, options.Value.Name, address, text);
        seenServer = text;
        if (role.Refusal(server, address) is { } refusal)
            throw new NotSupportedException(refusal);
    }

    private async Task SampleAsync(CancellationToken cancellationToken)
    {
        try
        {
            if (await SampleAsync().WaitAsync(AnswerTimeout, time, cancellationToken) is { } sample)
                observed.RecordSample(sample);
        }
        catch (Exception) when (!cancellationToken.IsCancellationRequested)
        {
            // The next periodic observation takes another sample, and reports a server that does not answer.
        }
    }

    private async Task<(RegionObservation Seen, string? Warning)> ObserveAsync()
    {
        try
        {
            return await sampler.ObserveAsync();
        }
        catch (RedisServerException busy) when (IsWithoutData(busy.Message))
        {
            // The server answers but can't serve data now, so keep the last sample.
            var seen = await SampleScript.ObserveWithoutDataAsync(await connection.ServerAsync());
            return (seen, ServerWarning.Of(seen.Server, connection.ToString()));
        }
        catch (RedisServerException unknown) when (ServerWarning.IsWithoutScripts(unknown.Message))
        {
            var server = await ServerFacts.ReadAsync(await connection.ServerAsync());
            throw new NotSupportedException(
                role.Refusal(server, connection.ToString()) ?? ServerWarning.WithoutScripts(server, connection.ToString()), unknown);
        }
    }

    private async Task<RegionSample?> SampleAsync()
    {
        try
        {
            return await sampler.SampleAsync();
        }
        catch (RedisServerException busy) when (IsWithoutData(busy.Message))
        {
            return null;
        }
    }

    // Redis may wrap the error in a script error, so it need not be at the start of the message.
    private static bool IsWithoutData(string error) =>
        error.StartsWith("LOADING", StringComparison.Ordinal) || error.Contains("MASTERDOWN", StringComparison.Ordinal);

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Information, Message = "The Redis of region {Region} at {Address} is {Server}")]
        public static partial void Recognized(ILogger logger, string region, string address, string server);
    }
}
