using LastMile.Events.RegionAgent.Configuration;
using LastMile.Events.RegionAgent.Ledger;
using LastMile.Events.RegionAgent.Telemetry;
using Microsoft.Extensions.Options;

namespace LastMile.Events.RegionAgent.Repair;

/// <summary>Counts the purges that the agent applied itself, and the keys that it dropped because a purge was late. Thread-safe.</summary>
internal sealed class RepairCount(RegionAgentMetrics metrics, IOptions<RegionOptions> options, TimeProvider time)
{
    private readonly TimeSpan repairAfter = options.Value.RepairAfter;
    private long keys;

    /// <summary>Keys that no alert has counted yet.</summary>
    public long Uncounted => Interlocked.Read(ref keys);

    /// <summary>Records applied purges.</summary>
    /// <param name="purges">The purges, the oldest first.</param>
    /// <param name="dropped">The number of their keys that existed.</param>
    public void Applied(IReadOnlyList<PendingPurge> purges, long dropped)
    {
        metrics.Applied(purges.Sum(purge => purge.Names));
        if (repairAfter == TimeSpan.Zero || time.GetElapsedTime(purges[0].ReceivedAt) < repairAfter)
            return;
        Interlocked.Add(ref keys, dropped);
        metrics.Repaired(dropped);
    }

    /// <summary>Subtracts keys that an alert has counted, or that belong to no episode.</summary>
    public void Subtract(long counted) => Interlocked.Add(ref keys, -counted);
}
