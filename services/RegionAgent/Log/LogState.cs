using LastMile.Events.RegionAgent.Leadership;

namespace LastMile.Events.RegionAgent.Log;

/// <summary>Where an agent receives purges from.</summary>
internal enum PurgeSource
{
    /// <summary>From nowhere: the bus is silent and the log does not answer, or this agent is on standby.</summary>
    None,

    /// <summary>From the bus.</summary>
    Bus,

    /// <summary>From the purge log, over HTTP, because the bus is silent.</summary>
    Log,
}

/// <summary>Whether the purge log answers, and from where the agent receives purges. Thread-safe.</summary>
internal sealed class LogState(LeadershipState leadership, TimeProvider time)
{
    // Each Invalidator sends a heartbeat once a second.
    private static readonly TimeSpan SilentAfter = TimeSpan.FromSeconds(2);

    // A long poll is answered within two seconds.
    private static readonly TimeSpan UnansweredAfter = TimeSpan.FromSeconds(3);

    private readonly Lock gate = new();
    private long busHeardAt = time.GetTimestamp();
    private long? answeredAt;
    private string? failure;
    private Guid caughtUpIn;

    /// <summary>Why the last read failed; null when it succeeded, or before the first one.</summary>
    public string? Failure
    {
        get
        {
            lock (gate)
                return failure;
        }
    }

    /// <summary>The time since the log last answered; <see cref="TimeSpan.MaxValue"/> for never.</summary>
    public TimeSpan Age
    {
        get
        {
            lock (gate)
                return answeredAt is { } at ? time.GetElapsedTime(at) : TimeSpan.MaxValue;
        }
    }

    /// <summary>
    /// Whether the bus has delivered nothing of this lineage for longer than its Invalidators pause between heartbeats. The messages of
    /// other lineages may still arrive.
    /// </summary>
    public bool IsBusSilent
    {
        get
        {
            lock (gate)
                return time.GetElapsedTime(busHeardAt) >= SilentAfter;
        }
    }

    /// <summary>Where the agent receives purges from.</summary>
    public PurgeSource Source => leadership switch
    {
        { IsLeading: false } => PurgeSource.None,
        { HasReceived: true } when leadership.MessageAge < SilentAfter && !IsBusSilent => PurgeSource.Bus,
        _ => Age < UnansweredAfter ? PurgeSource.Log : PurgeSource.None,
    };

    /// <summary>Records that the bus delivered a message of this lineage.</summary>
    public void BusHeard()
    {
        lock (gate)
            busHeardAt = time.GetTimestamp();
    }

    /// <summary>Records that this agent has read the log to its end.</summary>
    /// <param name="term">The term as the leader in which it did so.</param>
    public void EndReached(Guid term)
    {
        lock (gate)
            caughtUpIn = term;
    }

    /// <summary>Returns whether this agent has read the log to its end in a term.</summary>
    public bool HasReachedEnd(Guid term)
    {
        lock (gate)
            return term != Guid.Empty && caughtUpIn == term;
    }

    /// <summary>Records that the log answered.</summary>
    public void Answered()
    {
        lock (gate)
            (answeredAt, failure) = (time.GetTimestamp(), null);
    }

    /// <summary>Records that the log did not answer.</summary>
    /// <param name="exception">The reason.</param>
    public void Failed(Exception exception)
    {
        lock (gate)
            failure = exception.Message;
    }
}
