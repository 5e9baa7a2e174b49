using LastMile.Events.Hosting;

namespace LastMile.Events.RegionAgent.Leadership;

/// <summary>
/// Whether this agent is active for its region or on standby. The region's queue has a single active consumer, so the agent that receives
/// its messages is active. While no agent receives any, the agent that holds the lease in the region's Redis is active. Thread-safe.
/// </summary>
internal sealed class LeadershipState
{
    // An agent that misses this many confirmed probes was replaced. A broker that crashes may lose fewer.
    internal const int MaxMissedProbes = 5;

    private readonly Lock gate = new();
    private readonly Latch leading = new();
    private readonly TimeProvider time;
    private long lastMessageAt;
    private int missedProbes;
    private bool hasLease;

    public LeadershipState(TimeProvider time) => (this.time, lastMessageAt) = (time, time.GetTimestamp());

    /// <summary>Raised when this agent goes on standby, and when it becomes active, before it handles the activating message.</summary>
    public event EventHandler? Changed;

    /// <summary>Whether this agent is active.</summary>
    public bool IsLeading { get; private set; }

    /// <summary>The id of this agent's current time as the leader; empty while it is on standby.</summary>
    public Guid Term { get; private set; }

    /// <summary>Whether this agent has received every message that the region's queue held when it took over.</summary>
    public bool HasReadBacklog { get; private set; }

    /// <summary>Whether this agent has received a message from the region's queue in its current time as the leader.</summary>
    public bool HasReceived { get; private set; }

    /// <summary>The time since the last message from the region's queue, or since the agent's start.</summary>
    public TimeSpan MessageAge
    {
        get
        {
            lock (gate)
                return time.GetElapsedTime(lastMessageAt);
        }
    }

    /// <summary>Whether this agent has lost its consumer, and has received no message since.</summary>
    public bool HasLostQueue { get; private set; }

    /// <summary>Records that this agent has lost its consumer: the queue was deleted, or the connection to the broker has ended.</summary>
    public void QueueLost()
    {
        lock (gate)
            HasLostQueue = true;
    }

    /// <summary>Records a message from the region's queue, which proves that this agent is active.</summary>
    public void MessageReceived()
    {
        lock (gate)
        {
            lastMessageAt = time.GetTimestamp();
            (missedProbes, HasLostQueue) = (0, false);
            Lead();
            HasReceived = true;
        }
    }

    /// <summary>Records a probe from the region's queue, which is a message too.</summary>
    /// <param name="term">The term in which it was sent.</param>
    public void ProbeReceived(Guid term)
    {
        MessageReceived();
        lock (gate)
            HasReadBacklog |= IsLeading && term == Term;
    }

    /// <summary>Records that the broker confirmed one of this agent's probes.</summary>
    public void ProbeSent()
    {
        lock (gate)
        {
            // An agent that takes over by the bus also takes the lease.
            if (++missedProbes >= MaxMissedProbes && !hasLease)
                StandBy();
        }
    }

    /// <summary>Records that this agent holds the lease, and that no other agent is active.</summary>
    public void LeaseTaken()
    {
        lock (gate)
        {
            hasLease = true;
            Lead();
        }
    }

    /// <summary>Records that another agent holds the lease.</summary>
    public void LeaseLost()
    {
        lock (gate)
        {
            hasLease = false;
            StandBy();
        }
    }

    /// <summary>Records that the lease could not be renewed, so another agent may have taken it.</summary>
    public void LeaseUnknown()
    {
        lock (gate)
            hasLease = false;
    }

    /// <summary>Goes on standby until the next message, because this process was suspended and another agent may have taken over.</summary>
    public void StepDown()
    {
        lock (gate)
            StandBy();
    }

    /// <summary>Waits until this agent is active.</summary>
    public Task LeadingAsync(CancellationToken cancellationToken) => leading.Opened.WaitAsync(cancellationToken);

    private void Lead()
    {
        if (IsLeading)
            return;
        // Raised under the lock: every handler must reset its state before the agent processes another message.
        (IsLeading, Term) = (true, Guid.NewGuid());
        Changed?.Invoke(this, EventArgs.Empty);
        leading.Open();
    }

    private void StandBy()
    {
        if (!IsLeading)
            return;
        (IsLeading, Term, HasReadBacklog, HasReceived) = (false, Guid.Empty, false, false);
        leading.Close();
        Changed?.Invoke(this, EventArgs.Empty);
    }
}
