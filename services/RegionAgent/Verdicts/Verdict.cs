namespace LastMile.Events.RegionAgent.Verdicts;

/// <summary>The agent's judgement of its region. See <c>docs/verdicts.md</c>.</summary>
internal enum Verdict
{
    /// <summary>Just started: nothing heard on the bus yet, or nothing seen in the region's Redis.</summary>
    Unknown,

    /// <summary>Every purge arrives, in time.</summary>
    Converged,

    /// <summary>Purges arrive late, or have not arrived, though the link is up.</summary>
    Lagging,

    /// <summary>The replication link is down.</summary>
    Disconnected,

    /// <summary>A full resync runs or has just ended: the region's cache is cold.</summary>
    Resyncing,

    /// <summary>The region's Redis does not answer.</summary>
    Unreachable,

    /// <summary>Nothing is heard on the bus any more, so nothing new is expected: converged as far as known.</summary>
    BusSilent,

    /// <summary>The region's Redis refuses replicated commands, so its watermark is no proof: the agent applies the purges itself.</summary>
    Diverged,
}
