namespace LastMile.Events.RegionAgent.Duties;

/// <summary>
/// Whether this agent works for its region or stands by for another one that does. The region's queue gives its messages to one
/// consumer, the next when that one is gone: who hears works. Thread-safe.
/// </summary>
internal sealed class Duty(TimeProvider time)
{
    // Calls of its own that the broker has confirmed and that another one must have heard: fewer may be lost with the broker.
    internal const int Unheard = 5;

    private readonly Lock gate = new();
    private long heardAt;
    private int unheard;
    private TaskCompletionSource begun = NewTurn();

    /// <summary>Raised when it begins to work, before the message that made it is taken; and when it begins to stand by.</summary>
    public event EventHandler? Changed;

    /// <summary>Whether it works.</summary>
    public bool IsWorking { get; private set; }

    /// <summary>How long ago it heard anything.</summary>
    public TimeSpan HeardAgo
    {
        get
        {
            lock (gate)
                return time.GetElapsedTime(heardAt);
        }
    }

    /// <summary>A message came from the region's queue.</summary>
    public void Heard()
    {
        lock (gate)
        {
            heardAt = time.GetTimestamp();
            unheard = 0;
            if (IsWorking)
                return;
            // Under the lock: nobody else's message may be taken before all have begun anew.
            IsWorking = true;
            Changed?.Invoke(this, EventArgs.Empty);
            begun.TrySetResult();
        }
    }

    /// <summary>The broker has put a call of its own into the region's queue.</summary>
    public void Called()
    {
        lock (gate)
        {
            if (++unheard >= Unheard)
                StandBy();
        }
    }

    /// <summary>This process stood still, and another may have taken its place: it works again when it hears.</summary>
    public void Doubt()
    {
        lock (gate)
            StandBy();
    }

    /// <summary>Waits until it works.</summary>
    public Task WorkingAsync(CancellationToken cancellationToken)
    {
        lock (gate)
            return begun.Task.WaitAsync(cancellationToken);
    }

    private static TaskCompletionSource NewTurn() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private void StandBy()
    {
        if (!IsWorking)
            return;
        IsWorking = false;
        begun = NewTurn();
        Changed?.Invoke(this, EventArgs.Empty);
    }
}
