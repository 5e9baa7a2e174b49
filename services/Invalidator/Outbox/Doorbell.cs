using Microsoft.Extensions.Options;

namespace LastMile.Events.Invalidator.Outbox;

/// <summary>Says "look now" to the relay. A hint: a ring that is missed costs one poll interval, never a purge.</summary>
internal sealed class Doorbell(IOptions<InvalidatorOptions> options) : IDisposable
{
    // A commit rings a moment before others can see it, so a look that comes too early must soon be followed by another.
    private const int LooksAfterRing = 6;
    private static readonly TimeSpan Shortest = TimeSpan.FromMilliseconds(2);

    private readonly SemaphoreSlim ring = new(0, 1);
    private readonly Lock gate = new();

    /// <summary>Whether somebody rings at each commit. Set by who does.</summary>
    public bool IsWired { get; set; }

    /// <summary>Wakes one waiter, or the next to come. More rings than waiters are one.</summary>
    public void Ring()
    {
        lock (gate)
        {
            if (ring.CurrentCount == 0)
                ring.Release();
        }
    }

    /// <summary>Waits for a ring, or for the poll interval.</summary>
    /// <param name="emptyLooks">How often the caller has looked in vain since it last found something or was rung: it waits longer each time.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>Whether it rang.</returns>
    public Task<bool> WaitAsync(int emptyLooks, CancellationToken cancellationToken) =>
        ring.WaitAsync(IsWired && emptyLooks >= LooksAfterRing ? options.Value.PollInterval : Backoff(emptyLooks), cancellationToken);

    public void Dispose() => ring.Dispose();

    private TimeSpan Backoff(int emptyLooks)
    {
        var interval = Shortest * Math.Pow(2, Math.Min(emptyLooks, 16));
        return interval < options.Value.PollIntervalWithoutDoorbell ? interval : options.Value.PollIntervalWithoutDoorbell;
    }
}
