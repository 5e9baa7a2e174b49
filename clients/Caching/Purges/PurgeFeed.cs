using System.Threading.Channels;
using LastMile.Events.Caching.Region;
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

    private readonly Channel<TaskCompletionSource<bool>> barriers = Channel.CreateUnbounded<TaskCompletionSource<bool>>();
    private bool isDown;
    private bool hasLoggedTracking;

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
        var connection = await RespConnection.OpenAsync(region.Configuration, ended.Token).ConfigureAwait(false);
        await using var closing = connection.ConfigureAwait(false);
        // Extended by each answer. Cancelling also ends a read, so that none is left behind.
        ended.CancelAfter(AnswerTimeout);
        var lacks = await Subscription.SubscribeAsync(
            connection, region.Configuration, keys.PurgeChannel.ToString(), keys.Prefix + "untouched:", ended.Token).ConfigureAwait(false);
        if (lacks is not null && !hasLoggedTracking)
            Log.NoTracking(logger, region.ToString(), lacks);
        hasLoggedTracking |= lacks is not null;

        var pings = new PingTimes();
        var pinging = PingAsync(connection, pings, ended.Token);
        try
        {
            while (true)
            {
                var value = await connection.ReceiveAsync(ended.Token).ConfigureAwait(false);
                ended.CancelAfter(AnswerTimeout);
                if (IsPong(value))
                {
                    Trust.Prove(pings.Answered());
                    onAnswer();
                    Succeed();
                }
                else
                {
                    Handle(value);
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
    private async Task PingAsync(RespConnection connection, PingTimes pings, CancellationToken cancellationToken)
    {
        try
        {
            while (true)
            {
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

    private void Handle(RespValue value)
    {
        if (value.IsError)
            throw new IOException(value.ToString());
        if (value.Items is [var kind, _, var body] && kind.Text.Span.SequenceEqual("message"u8))
        {
            if (!table.Receive(body.Text.Span))
                Log.Gap(logger, region.ToString());
        }
        else if (value.Items is [var push, { Kind: '_' }] && push.Text.Span.SequenceEqual("invalidate"u8))
        {
            table.Reset();
        }
    }

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
