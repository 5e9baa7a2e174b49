using LastMile.Events.Hosting;
using LastMile.Events.Invalidator.Configuration;
using Microsoft.Extensions.Options;

namespace LastMile.Events.Invalidator.Intake.Outbox;

/// <summary>Wakes the claim's workers. Only a hint: a missed ring costs one poll interval, never a purge.</summary>
/// <remarks>
/// Not a <see cref="Signal"/>: several workers wait, a ring runs the woken worker on the ringing thread, and the doorbell decides how often
/// each worker polls.
/// </remarks>
internal sealed class Doorbell(IOptions<InvalidatorOptions> options, TimeProvider time)
{
    // The stream receives a commit slightly before its rows are visible, and a claim leaves young rows to the stream. After a ring the
    // claim therefore polls often, until a poll finds the rows that earlier ones had to leave.
    private static readonly TimeSpan PollFor = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan ShortestBackoff = TimeSpan.FromMilliseconds(2);

    private readonly Lock gate = new();
    private readonly List<TaskCompletionSource<bool>> waiters = [];
    private bool rung;
    private long? rungAt;
    private long lastPollAt;

    /// <summary>The state of the change stream. Set by <see cref="OutboxStream"/>.</summary>
    public StreamState Stream { get; set; }

    /// <summary>Wakes one waiter, or the next to arrive. Rings without a waiter count as one.</summary>
    public void Ring()
    {
        lock (gate)
            rungAt = time.GetTimestamp();
        while (NextWaiter() is { } waiter && !waiter.TrySetResult(true))
        {
        }
    }

    /// <summary>Waits for a ring, or until the next poll is due.</summary>
    /// <param name="emptyPolls">How many polls of the caller found nothing since its last row or ring; each makes the wait longer.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>Whether a ring ended the wait.</returns>
    public async Task<bool> WaitAsync(int emptyPolls, CancellationToken cancellationToken)
    {
        var wait = Stream != StreamState.Open || RangRecently() ? Backoff(emptyPolls) : options.Value.PollInterval;
        var rang = await WaitForRingAsync(wait, cancellationToken);
        lock (gate)
            lastPollAt = time.GetTimestamp();
        return rang;
    }

    // On an overloaded machine, the only poll within 200 ms may be too early. Continue until one begins 100 ms after the ring.
    private bool RangRecently()
    {
        lock (gate)
            return rungAt is { } at && (time.GetElapsedTime(at) < PollFor || time.GetElapsedTime(at, lastPollAt) < OutboxClaim.MinAge);
    }

    private async Task<bool> WaitForRingAsync(TimeSpan wait, CancellationToken cancellationToken)
    {
        // The ringing thread runs the waiter up to its first wait: waking another thread takes as long as a claim.
        var waiter = new TaskCompletionSource<bool>();
        lock (gate)
        {
            if (rung)
            {
                rung = false;
                return true;
            }

            waiters.Add(waiter);
        }

        await using var timer = time.CreateTimer(_ => waiter.TrySetResult(false), null, wait, Timeout.InfiniteTimeSpan);
        await using var stop = cancellationToken.Register(() => waiter.TrySetCanceled(cancellationToken));
        try
        {
            return await waiter.Task;
        }
        finally
        {
            lock (gate)
                waiters.Remove(waiter);
        }
    }

    private TaskCompletionSource<bool>? NextWaiter()
    {
        lock (gate)
        {
            if (waiters.Count == 0)
            {
                rung = true;
                return null;
            }

            var waiter = waiters[0];
            waiters.RemoveAt(0);
            return waiter;
        }
    }

    // No wait at first, then 2 ms, 6 ms and so on.
    private TimeSpan Backoff(int emptyPolls)
    {
        var interval = ShortestBackoff * (Math.Pow(2, Math.Min(emptyPolls, 16)) - 1);
        return interval < options.Value.PollIntervalWithoutStream ? interval : options.Value.PollIntervalWithoutStream;
    }
}
