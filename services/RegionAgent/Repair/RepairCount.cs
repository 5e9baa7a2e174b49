namespace LastMile.Events.RegionAgent.Repair;

/// <summary>Keys that the agent dropped because replication was late, for the alerts. Thread-safe.</summary>
internal sealed class RepairCount
{
    private long keys;

    /// <summary>Some more were dropped.</summary>
    public void Add(long dropped) => Interlocked.Add(ref keys, dropped);

    /// <summary>How many since it was last asked.</summary>
    public long Take() => Interlocked.Exchange(ref keys, 0);
}
