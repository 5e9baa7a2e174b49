namespace LastMile.Events.RegionAgent.Leadership;

/// <summary>
/// Whether this agent works for its region or stands by for another one that does. The region's queue gives its messages to one
/// consumer, the next when that one is gone: who hears works. Thread-safe.
/// </summary>
internal sealed class LeadershipState(TimeProvider time)
{
    // Calls of its own that the broker has confirmed and that another one must have heard: fewer may be lost with the broker.
    internal const int MostUnreturned = 5;

    private readonly Lock gate = new();
    private long lastMessageAt;
    private int unreturned;
    private TaskCompletionSource begun = NewTurn();

    /// <summary>Raised when it begins to work, before the message that made it is taken; and when it begins to stand by.</summary>
    public event EventHandler? Changed;

    /// <summary>Whether it works.</summary>
    public bool IsLeading { get; private set; }

    /// <summary>How long ago it heard anything.</summary>
    public TimeSpan MessageAge
    {
        get
        {
            lock (gate)
                return time.GetElapsedTime(lastMessageAt);
        }
    }

    /// <summary>A message came from the region's queue.</summary>
    public void MessageReceived()
    {
        lock (gate)
        {
            lastMessageAt = time.GetTimestamp();
            unreturned = 0;
            if (IsLeading)
                return;
            // Under the lock: nobody else's message may be taken before all have begun anew.
            IsLeading = true;
            Changed?.Invoke(this, EventArgs.Empty);
            begun.TrySetResult();
        }
    }

    /// <summary>The broker has put a call of its own into the region's queue.</summary>
    public void Called()
    {
        lock (gate)
        {
            if (++unreturned >= MostUnreturned)
                StandBy();
        }
    }

    /// <summary>This process stood still, and another may have taken its place: it works again when it hears.</summary>
    public void MarkUnproven()
    {
        lock (gate)
            StandBy();
    }

    /// <summary>Waits until it works.</summary>
    public Task LeadingAsync(CancellationToken cancellationToken)
    {
        lock (gate)
            return begun.Task.WaitAsync(cancellationToken);
    }

    private static TaskCompletionSource NewTurn() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private void StandBy()
    {
        if (!IsLeading)
            return;
        IsLeading = false;
        begun = NewTurn();
        Changed?.Invoke(this, EventArgs.Empty);
    }
}
