using System.Threading.Channels;
using LastMile.Events.Hosting;
using LastMile.Events.Messages;
using LastMile.Events.Redis;

namespace LastMile.Events.RegionAgent.Repair;

/// <summary>
/// Applies purges on the region's Redis, all that wait at a time: alone a purge goes out at once, in a flood many share a call.
/// Until the Redis takes them, they wait.
/// </summary>
/// <remarks>
/// The watermark becomes the newest of what was applied; that a message between was lost does not show in it.
/// What waits is bounded by what the bus gives out unconfirmed.
/// </remarks>
internal sealed partial class RegionApplier(
    RedisConnection connection, RegionAgentMetrics metrics, TimeProvider time, ILogger<RegionApplier> logger) : BackgroundService
{
    private readonly Channel<Waiting> waiting = Channel.CreateUnbounded<Waiting>(new UnboundedChannelOptions { SingleReader = true });

    /// <summary>Applies a purge; done when the region's Redis has it.</summary>
    /// <exception cref="ArgumentException">The message is malformed.</exception>
    public Task ApplyAsync(PurgeApplied purge)
    {
        if (purge.Keys is null || purge.Tags is null || purge.Keys.Any(key => key is null) || purge.Tags.Any(tag => tag is null))
            throw new ArgumentException($"Batch {purge.BatchId} has no list of keys, no list of tags, or a null in one.", nameof(purge));

        var one = new Waiting(purge, new Watermark(purge.Epoch, purge.Sequence), new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
        waiting.Writer.TryWrite(one);
        return one.Applied.Task;
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var retry = Retry.Forever(time, failure => Log.Refused(logger, connection.ToString(), failure.GetBaseException().Message));
        while (await waiting.Reader.WaitToReadAsync(stoppingToken))
        {
            var batch = new List<Waiting>();
            while (waiting.Reader.TryRead(out var one))
                batch.Add(one);

            await retry.ExecuteAsync(async _ => await ApplyAsync(batch), stoppingToken);
            batch.ForEach(one => one.Applied.SetResult());
        }
    }

    private async Task ApplyAsync(List<Waiting> batch)
    {
        var script = new ApplyScript(await connection.DatabaseAsync(), connection.Keys);
        var keys = batch.SelectMany(one => one.Purge.Keys).Distinct(StringComparer.Ordinal).Chunk(PurgeScript.MaxNames).ToList();
        var tags = batch.SelectMany(one => one.Purge.Tags).Distinct(StringComparer.Ordinal).Chunk(PurgeScript.MaxNames).ToList();
        var newest = batch.Max(one => one.Watermark);

        // The watermark moves with the last call: who sees it sees all of them done.
        var calls = Math.Max(1, Math.Max(keys.Count, tags.Count));
        for (var call = 0; call < calls; call++)
            await script.ApplyAsync(newest, keys.ElementAtOrDefault(call) ?? [], tags.ElementAtOrDefault(call) ?? [], movesWatermark: call == calls - 1);
        metrics.Applied(keys.Sum(chunk => chunk.Length) + tags.Sum(chunk => chunk.Length));
    }

    private sealed record Waiting(PurgeApplied Purge, Watermark Watermark, TaskCompletionSource Applied);

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Warning, Message = "Purges wait for the region's Redis {Address}: {Reason} Check that it runs, that Redis:ConnectionString is right, and that it may write; the service goes on trying")]
        public static partial void Refused(ILogger logger, string address, string reason);
    }
}
