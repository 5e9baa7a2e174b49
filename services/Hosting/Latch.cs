namespace LastMile.Events.Hosting;

/// <summary>Holds any number of waiters while it is closed, and releases all of them when it opens. Starts closed. Thread-safe.</summary>
/// <remarks>A <see cref="Signal"/> wakes only one waiter, once.</remarks>
public sealed class Latch
{
    private readonly Lock gate = new();
    private TaskCompletionSource opening = NewOpening();

    /// <summary>Completes when the latch opens, even if it closes again at once; already completed while it is open.</summary>
    public Task Opened
    {
        get
        {
            lock (gate)
                return opening.Task;
        }
    }

    /// <summary>Releases all waiters, and lets later ones pass until <see cref="Close"/>.</summary>
    public void Open()
    {
        lock (gate)
            opening.TrySetResult();
    }

    /// <summary>Holds later waiters until the latch opens again.</summary>
    public void Close()
    {
        lock (gate)
        {
            // Keeps the task of a closed latch, because its waiters hold it.
            if (opening.Task.IsCompleted)
                opening = NewOpening();
        }
    }

    // Waiters run on other threads, never inside Open.
    private static TaskCompletionSource NewOpening() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
