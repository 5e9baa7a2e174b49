using Microsoft.Extensions.Options;

namespace LastMile.Events.Invalidator.Outbox;

/// <summary>Says "look now" to the claim. A hint: a ring that is missed costs one poll interval, never a purge.</summary>
internal sealed class Doorbell(IOptions<InvalidatorOptions> options, TimeProvider time)
{
    // A commit is heard a moment before its rows can be seen, and a claim leaves young rows to the stream: a look that comes too early
    // must soon be followed by another, up to one that finds what the first ones had to leave.
    private static readonly TimeSpan LookFor = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan Shortest = TimeSpan.FromMilliseconds(2);

    private readonly Lock gate = new();
    private readonly List<TaskCompletionSource<bool>> waiters = [];
    private bool rung;
    private long? rungAt;
    private long lookBegan;

    /// <summary>Whether anybody hears the changes. Set by who does.</summary>
    public StreamState Stream { get; set; }

    /// <summary>Wakes one waiter, or the next to come. More rings than waiters are one.</summary>
    public void Ring()
    {
        lock (gate)
            rungAt = time.GetTimestamp();
        while (NextWaiter() is { } waiter && !waiter.TrySetResult(true))
        {
        }
    }

    /// <summary>Waits for a ring, or until it is time to look without one.</summary>
    /// <param name="emptyLooks">How often the caller has looked in vain since it last found something or was rung: it waits longer each time.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>Whether it rang.</returns>
    public async Task<bool> WaitAsync(int emptyLooks, CancellationToken cancellationToken)
    {
        var wait = Stream != StreamState.Open || RangJustNow() ? Backoff(emptyLooks) : options.Value.PollInterval;
        var rang = await RangWithinAsync(wait, cancellationToken);
        lock (gate)
            lookBegan = time.GetTimestamp();
        return rang;
    }

    // On a machine that is short of time a look can be the last within the time, and yet have come too early.
    private bool RangJustNow()
    {
        lock (gate)
            return rungAt is { } at && (time.GetElapsedTime(at) < LookFor || time.GetElapsedTime(at, lookBegan) < OutboxClaim.Young);
    }

    private async Task<bool> RangWithinAsync(TimeSpan wait, CancellationToken cancellationToken)
    {
        // Whoever rings goes on as the waiter, up to its first wait of its own: to wake another thread takes as long as a claim.
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

    // At once first, then after 2 ms, 6 ms and so on.
    private TimeSpan Backoff(int emptyLooks)
    {
        var interval = Shortest * (Math.Pow(2, Math.Min(emptyLooks, 16)) - 1);
        return interval < options.Value.PollIntervalWithoutStream ? interval : options.Value.PollIntervalWithoutStream;
    }
}
