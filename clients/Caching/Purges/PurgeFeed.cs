using System.Threading.Channels;
using LastMile.Events.Caching.Region;
using LastMile.Events.Caching.Timing;
using LastMile.Events.Redis;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace LastMile.Events.Caching.Purges;

/// <summary>
/// Receives the purges of the region's Redis on a connection of its own, and counts them in the <see cref="PurgeTable"/>. While it does not
/// receive them, and whenever it may have missed one, no entry in this process is valid.
/// </summary>
/// <remarks>
/// Besides the messages of the purge channel it receives the invalidation of all keys that Redis pushes when its data is flushed or
/// replaced by a full resync (client tracking in broadcasting mode, see
/// https://redis.io/docs/latest/develop/reference/client-side-caching/).
/// In a cluster it is connected to one primary node, and asks it with each interval for the nodes: while its lowest slot is the one that
/// the purge channel is named after, purges are published there.
/// </remarks>
internal sealed partial class PurgeFeed(
    RegionConnection region,
    RedisKeys keys,
    PurgeTable table,
    IOptions<LastMileCacheOptions> options,
    TimeProvider time,
    ILogger<PurgeFeed> logger) : BackgroundService
{
    private static readonly TimeSpan PingInterval = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan AnswerTimeout = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan FirstDelay = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan LongestDelay = TimeSpan.FromSeconds(2);

    private readonly Subscriber subscriber = new(
        region, keys, () => new TimedTrust(time, options.Value.TrustFor), mayBeCluster: options.Value.PrimaryConfiguration is null);
    private readonly Channel<TaskCompletionSource<bool>> barriers = Channel.CreateUnbounded<TaskCompletionSource<bool>>();
    private volatile Shard? shard;
    private bool isDown;
    private bool hasLoggedTracking;

    /// <summary>The node that purges are received from, or were last; null while there was none.</summary>
    public Shard? Shard => shard;

    /// <summary>
    /// Whether this process receives the region's purges: from the moment at which the server has answered a PING that was sent after the
    /// subscription, until <see cref="LastMileCacheOptions.TrustFor"/> after the last answered PING was sent.
    /// </summary>
    public TimedTrust Trust { get; } = new(time, options.Value.TrustFor);

    /// <summary>Waits until this process has received every purge that the region's Redis had applied before the call.</summary>
    /// <returns>Whether it has; false if the process does not receive purges.</returns>
    public async Task<bool> CatchUpAsync(CancellationToken cancellationToken)
    {
        if (!Trust.Holds)
            return false;

        var barrier = new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously);
        barriers.Writer.TryWrite(barrier);
        try
        {
            return await barrier.Task.WaitAsync(AnswerTimeout, time, cancellationToken).ConfigureAwait(false) && Trust.Holds;
        }
        catch (TimeoutException)
        {
            return false;
        }
    }

    /// <summary>Drops all values if this process did not receive a purge that the region shows.</summary>
    /// <param name="shown">The region's watermark; <c>default</c> for none.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    public async Task CompareAsync(Watermark shown, CancellationToken cancellationToken)
    {
        // An independent region publishes no watermarks, because its agent applies purges in any order.
        if (table.Newest == default || table.Newest >= shown)
            return;
        if (await CatchUpAsync(cancellationToken).ConfigureAwait(false) && table.Newest != default && table.Newest < shown)
        {
            table.Reset(shown);
            Log.Gap(logger, region.ToString());
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        // The feed must not delay the host's start.
        await Task.Yield();
        var delay = FirstDelay;
        while (true)
        {
            try
            {
                await ReceiveAsync(() => delay = FirstDelay, stoppingToken).ConfigureAwait(false);
            }
            catch (Exception failure) when (!stoppingToken.IsCancellationRequested)
            {
                Fail(failure);
            }
            finally
            {
                Trust.End();
                table.Reset();
            }

            await Task.Delay(delay, time, stoppingToken).ConfigureAwait(false);
            delay = delay * 2 < LongestDelay ? delay * 2 : LongestDelay;
        }
    }

    private async Task ReceiveAsync(Action onAnswer, CancellationToken stoppingToken)
    {
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken);
        // Extended by each answer. Cancelling also ends a read, so that none is left behind.
        ended.CancelAfter(TimeSpan.FromMilliseconds(region.Configuration.ConnectTimeout) + AnswerTimeout);
        var subscription = await subscriber.SubscribeAsync(ended.Token).ConfigureAwait(false);
        await using var closing = subscription.ConfigureAwait(false);
        ended.CancelAfter(AnswerTimeout);
        shard = subscription.Shard;
        if (subscription.Lacks is { } lacks && !hasLoggedTracking)
            Log.NoTracking(logger, region.ToString(), lacks);
        hasLoggedTracking |= subscription.Lacks is not null;

        var pings = new PingTimes();
        var pinging = PingAsync(subscription, pings, ended.Token);
        try
        {
            while (true)
            {
                var value = await subscription.Connection.ReceiveAsync(ended.Token).ConfigureAwait(false);
                ended.CancelAfter(AnswerTimeout);
                if (IsPong(value))
                {
                    Trust.Prove(pings.Answered());
                    onAnswer();
                    Succeed();
                }
                else
                {
                    Handle(value, subscription.Shard);
                }
            }
        }
        catch (OperationCanceledException silence) when (!stoppingToken.IsCancellationRequested)
        {
            throw new TimeoutException($"It has not answered for {AnswerTimeout.TotalSeconds} s.", silence);
        }
        finally
        {
            await ended.CancelAsync().ConfigureAwait(false);
            await pinging.ConfigureAwait(false);
            pings.End();
        }
    }

    // Sends a PING in each interval, and at once for a barrier.
    private async Task PingAsync(Subscription subscription, PingTimes pings, CancellationToken cancellationToken)
    {
        try
        {
            var connection = subscription.Connection;
            long? askedAt = null;
            while (true)
            {
                // Sent first, so that an answered PING proves that purges are still published on this node.
                if (subscription.Shard.Node is not null && (askedAt is not { } asked || time.GetElapsedTime(asked) >= PingInterval))
                {
                    askedAt = time.GetTimestamp();
                    await connection.SendAsync(Subscription.Nodes, cancellationToken).ConfigureAwait(false);
                }

                var waiting = new List<TaskCompletionSource<bool>>();
                while (barriers.Reader.TryRead(out var barrier))
                    waiting.Add(barrier);
                pings.Sending(time.GetTimestamp(), [.. waiting]);
                await connection.SendAsync(["PING"], cancellationToken).ConfigureAwait(false);
                await WaitForBarrierAsync(cancellationToken).ConfigureAwait(false);
            }
        }
        catch (Exception failure) when (failure is IOException or OperationCanceledException or ObjectDisposedException)
        {
            // The receiving loop reports a lost connection: no answer arrives.
        }
    }

    private async Task WaitForBarrierAsync(CancellationToken cancellationToken)
    {
        using var interval = new CancellationTokenSource(PingInterval, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(interval.Token, cancellationToken);
        try
        {
            await barriers.Reader.WaitToReadAsync(either.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            // The next PING is due.
        }
    }

    private void Handle(RespValue value, Shard subscribed)
    {
        value.Check();
        if (value.Items is [var kind, _, var body] && IsMessage(kind.Text.Span))
        {
            if (!table.Receive(body.Text.Span))
                Log.Gap(logger, region.ToString());
        }
        else if (value.Items is [var push, { Kind: '_' }] && push.Text.Span.SequenceEqual("invalidate"u8))
        {
            table.Reset();
        }
        else if (value.Items is [var end, ..] && end.Text.Span.SequenceEqual("sunsubscribe"u8))
        {
            throw new IOException("The slot of the purge channel has moved to another node of the cluster.");
        }
        else if (value.Items.Count == 0)
        {
            subscriber.Update(subscribed, value);
        }
    }

    private static bool IsMessage(ReadOnlySpan<byte> kind) => kind.SequenceEqual("message"u8) || kind.SequenceEqual("smessage"u8);

    // A subscribed connection of the older protocol answers with an array.
    private static bool IsPong(RespValue value) =>
        (value.Kind == '+' && value.Text.Span.SequenceEqual("PONG"u8))
            || (value.Items is [var kind, _] && kind.Text.Span.SequenceEqual("pong"u8));

    private void Fail(Exception failure)
    {
        if (!isDown)
            Log.Lost(logger, region.ToString(), failure.Message);
        isDown = true;
    }

    private void Succeed()
    {
        if (isDown)
            Log.Restored(logger, region.ToString());
        isDown = false;
    }

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Warning, Message = "This process does not receive purges from the region's Redis {Address}: "
            + "{Reason} It serves nothing from memory until it does. Check that the server runs, and that the application may subscribe "
            + "to its channels")]
        public static partial void Lost(ILogger logger, string address, string reason);

        [LoggerMessage(Level = LogLevel.Information, Message = "This process receives purges from the region's Redis {Address} again")]
        public static partial void Restored(ILogger logger, string address);

        [LoggerMessage(Level = LogLevel.Warning, Message = "The region's Redis {Address} does not report flushes to this process: "
            + "{Reason}. After a full resync, values in memory may be old until the next purge. "
            + "Grant +client|tracking, or use Redis 6 or later")]
        public static partial void NoTracking(ILogger logger, string address, string reason);

        [LoggerMessage(Level = LogLevel.Information, Message = "This process missed a purge on the region's Redis {Address}, "
            + "and dropped all values from memory")]
        public static partial void Gap(ILogger logger, string address);
    }
}
