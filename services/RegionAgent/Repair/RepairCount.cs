namespace LastMile.Events.RegionAgent.Repair;

/// <summary>Keys that the agent dropped because replication was late, for the alerts. Thread-safe.</summary>
internal sealed class RepairCount
{
    private long keys;

    /// <summary>Some more were dropped.</summary>
    public void Add(long dropped) => Interlocked.Add(ref keys, dropped);

    /// <summary>How many no alert has counted yet.</summary>
    public long Uncounted => Interlocked.Read(ref keys);

    /// <summary>So many were counted, or belong to no episode.</summary>
    public void Forget(long counted) => Interlocked.Add(ref keys, -counted);
}
