namespace LastMile.Events.RegionAgent.Verdicts;

/// <summary>The agent's assessment of its region. See <c>docs/verdicts.md</c>.</summary>
internal enum Verdict
{
    /// <summary>The agent has just started: it has received no message from the bus yet, or not read the region's watermark.</summary>
    Unknown,

    /// <summary>Every purge arrives in time.</summary>
    Converged,

    /// <summary>Purges arrive late, or have not arrived, though the link is up.</summary>
    Lagging,

    /// <summary>The replication link is down.</summary>
    Disconnected,

    /// <summary>A full resync runs or has just ended: the region's cache is cold.</summary>
    Resyncing,

    /// <summary>The region's Redis does not answer.</summary>
    Unreachable,

    /// <summary>The bus is silent, so no new purge is expected. The region has converged as far as the agent knows.</summary>
    BusSilent,

    /// <summary>The region's Redis refuses replicated commands, so its watermark is no proof. The agent applies the purges.</summary>
    Diverged,
}
