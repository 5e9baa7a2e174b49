namespace LastMile.Events.RegionAgent.Repair;

/// <summary>Counts keys that the agent dropped because replication was late, for alerts. Thread-safe.</summary>
internal sealed class RepairCount
{
    private long keys;

    /// <summary>Adds dropped keys.</summary>
    public void Add(long dropped) => Interlocked.Add(ref keys, dropped);

    /// <summary>Keys that no alert has counted yet.</summary>
    public long Uncounted => Interlocked.Read(ref keys);

    /// <summary>Subtracts keys that an alert has counted, or that belong to no episode.</summary>
    public void Forget(long counted) => Interlocked.Add(ref keys, -counted);
}
