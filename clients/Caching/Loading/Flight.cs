using LastMile.Events.Caching.Serialization;
using Microsoft.Extensions.Caching.Hybrid;

namespace LastMile.Events.Caching.Loading;

/// <summary>A read in progress that several callers share. It is cancelled when all of them are. Thread-safe.</summary>
internal sealed class Flight(long startedAt) : IDisposable
{
    private readonly TaskCompletionSource<FlightResult> result = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CancellationTokenSource abandoned = new();
    private readonly Lock gate = new();
    private int callers = 1;

    /// <summary>The timestamp at which it began.</summary>
    public long StartedAt { get; } = startedAt;

    /// <summary>Cancelled when no caller waits any more.</summary>
    public CancellationToken Abandoned => abandoned.Token;

    /// <summary>Joins another caller.</summary>
    /// <returns>Whether it could join; false if all earlier ones have given up.</returns>
    public bool TryJoin()
    {
        lock (gate)
        {
            if (callers == 0)
                return false;
            callers++;
            return true;
        }
    }

    /// <summary>Waits for the value on behalf of one caller.</summary>
    /// <param name="run">
    /// The read, if this caller has started it: so it continues on the thread that has the value. Null for a caller that has joined it.
    /// </param>
    /// <param name="cancellationToken">Cancels the wait.</param>
    /// <exception cref="OperationCanceledException">This caller was cancelled.</exception>
    public async Task<FlightResult> WaitAsync(Task? run, CancellationToken cancellationToken)
    {
        try
        {
            if (run is not null)
                await run.WaitAsync(cancellationToken).ConfigureAwait(false);
            return await result.Task.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            Leave();
        }
    }

    /// <summary>Provides the value.</summary>
    public void Complete(FlightResult value) => result.TrySetResult(value);

    /// <summary>Reports that the read failed.</summary>
    /// <returns>Whether the callers receive the failure; false if they have the value already.</returns>
    public bool Fail(Exception failure)
    {
        var isFailed = result.TrySetException(failure);
        // Every caller may have given up.
        _ = result.Task.Exception;
        return isFailed;
    }

    /// <summary>Call it after <see cref="Complete"/> or <see cref="Fail"/>.</summary>
    public void Dispose()
    {
        lock (gate)
            abandoned.Dispose();
    }

    private void Leave()
    {
        lock (gate)
        {
            // Callbacks of the token run on other threads, not under the lock.
            if (--callers == 0 && !result.Task.IsCompleted)
                _ = abandoned.CancelAsync();
        }
    }
}

/// <summary>What a read found.</summary>
/// <param name="Value">The value; null if there is none and none was loaded.</param>
/// <param name="AddedSlots">The slots of the tags that became known during the read.</param>
/// <param name="IsPrivate">Whether only the caller that loaded it may have it, because it was read in that caller's transaction.</param>
internal sealed record FlightResult(StoredValue? Value, int[] AddedSlots, bool IsPrivate = false)
{
    /// <summary>No value.</summary>
    public static readonly FlightResult Nothing = new(null, []);
}

/// <summary>Reads that may be shared: of one key, with the same flags and type.</summary>
internal readonly record struct FlightKey(string Key, HybridCacheEntryFlags Flags, Type Type);
