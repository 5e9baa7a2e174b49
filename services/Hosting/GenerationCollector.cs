using LastMile.Events.Redis;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Polly;
using StackExchange.Redis;

namespace LastMile.Events.Hosting;

/// <summary>
/// Deletes the tag generations in the service's Redis that no cache entry can depend on any more, in small steps. A round begins with an
/// entry in the <see cref="AppliedHistory"/>. The service that writes the entry runs the round, so several services share the work.
/// </summary>
/// <param name="redis">The Redis.</param>
/// <param name="lifetime">The longest lifetime of a cache entry.</param>
/// <param name="time">The clock.</param>
/// <param name="logger">The log.</param>
public abstract partial class GenerationCollector(RedisConnection redis, TimeSpan lifetime, TimeProvider time, ILogger logger)
    : BackgroundService
{
    private static readonly TimeSpan LongestCheckInterval = TimeSpan.FromMinutes(1);

    // A step takes about 0.8 ms: less than three percent of one core.
    private static readonly TimeSpan StepPause = TimeSpan.FromMilliseconds(30);

    // At most 5,000 deletes per second, as in a busy hour, so that the replication backlog is not used up quickly.
    private static readonly TimeSpan DeletePause = TimeSpan.FromMilliseconds(0.2);

    /// <summary>Whether this service may collect now. Checked before each step.</summary>
    protected virtual bool CanCollect => true;

    /// <summary>Reads the watermark that every region with these generations has applied by now.</summary>
    /// <param name="cancellationToken">Cancels the read.</param>
    /// <returns>The watermark; <c>default</c> for none.</returns>
    protected abstract Task<Watermark> ReadAppliedAsync(CancellationToken cancellationToken);

    /// <summary>Records a finished round.</summary>
    /// <param name="deleted">The number of deleted generations.</param>
    /// <param name="left">The number of remaining generations.</param>
    protected abstract void Collected(long deleted, long left);

    /// <summary>Returns whether a failure is logged elsewhere, such as by a health check.</summary>
    /// <param name="failure">The failure.</param>
    protected virtual bool IsKnown(Exception failure) => failure is RedisConnectionException;

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var outage = new Outage(
            time, reason => Log.Waits(logger, redis, reason), lasted => Log.Resumes(logger, redis, lasted.TotalSeconds));
        var retry = Retry.Forever(time, outage, IsKnown);
        var interval = AppliedHistory.IntervalOf(lifetime);
        using var timer = new PeriodicTimer(interval < LongestCheckInterval ? interval : LongestCheckInterval, time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            if (!CanCollect)
                continue;
            foreach (var node in await retry.ExecuteAsync(async _ => (await redis.LayoutAsync()).Nodes, stoppingToken))
                await CollectAsync(new GenerationScripts(node), retry, stoppingToken);
        }
    }

    private async Task CollectAsync(GenerationScripts node, ResiliencePipeline retry, CancellationToken cancellationToken)
    {
        if (await retry.ExecuteAsync(async token => await BeginAsync(node, token).WaitAsync(token), cancellationToken) is { } upTo)
            await CollectAsync(node, upTo, retry, cancellationToken);
    }

    // Read the watermark before the time that the entry stores with it, so that it was applied by that time.
    private async Task<Watermark?> BeginAsync(GenerationScripts scripts, CancellationToken cancellationToken)
    {
        var held = await scripts.ReadHistoryAsync();
        if (!AppliedHistory.Parse(held.Text).IsDue(held.Now, lifetime))
            return null;

        var applied = await ReadAppliedAsync(cancellationToken);
        held = await scripts.ReadHistoryAsync();
        var history = AppliedHistory.Parse(held.Text);
        if (!history.IsDue(held.Now, lifetime))
            return null;

        var next = history.With(held.Now, applied);
        return await scripts.ReplaceHistoryAsync(held, next) ? next.OlderThan(held.Now, lifetime) : null;
    }

    private async Task CollectAsync(
        GenerationScripts node, Watermark upTo, ResiliencePipeline retry, CancellationToken cancellationToken)
    {
        var (cursor, seen, deleted) = ("", 0L, 0L);
        do
        {
            if (!CanCollect)
                return;

            var step = await retry.ExecuteAsync(async token => await node.StepAsync(upTo, cursor).WaitAsync(token), cancellationToken);
            (cursor, seen, deleted) = (step.Cursor, seen + step.Seen, deleted + step.Deleted);
            await Task.Delay(StepPause + (step.Deleted * DeletePause), time, cancellationToken);
        }
        while (cursor.Length > 0);

        Collected(deleted, seen - deleted);
        if (deleted > 0)
            Log.Collected(logger, deleted, upTo, redis, seen - deleted);
    }

    private static partial class Log
    {
        [LoggerMessage(
            Level = LogLevel.Information,
            Message = "Deleted {Deleted} tag generations of purges up to {UpTo} on Redis {Address}, because no cache entry is that old; "
                + "{Left} are left")]
        public static partial void Collected(ILogger logger, long deleted, Watermark upTo, RedisConnection address, long left);

        [LoggerMessage(
            Level = LogLevel.Warning,
            Message = "Old tag generations can't be deleted on Redis {Address} and use memory there: {Reason} The service keeps retrying")]
        public static partial void Waits(ILogger logger, RedisConnection address, string reason);

        [LoggerMessage(
            Level = LogLevel.Information, Message = "Old tag generations on Redis {Address} are being deleted again after {Seconds:0.0} s")]
        public static partial void Resumes(ILogger logger, RedisConnection address, double seconds);
    }
}
