using LastMile.Events.Chaos.Faults;

namespace LastMile.Events.Chaos.Plan;

/// <summary>The targets of a kind of fault.</summary>
internal enum Targets
{
    /// <summary>A part that exists once.</summary>
    System,

    /// <summary>Each of the Invalidators.</summary>
    Invalidators,

    /// <summary>Each of the regions, or its agent, Redis, link, or queue.</summary>
    Regions,
}

/// <summary>What is away while a fault lasts, as far as it can delay a purge in an independent region.</summary>
[Flags]
internal enum Absence
{
    /// <summary>Nothing that a purge needs.</summary>
    None = 0,

    /// <summary>The target region's agent, or its way to the region's Redis.</summary>
    Agent = 1,

    /// <summary>The bus.</summary>
    Bus = 2,

    /// <summary>The purge log over HTTP.</summary>
    Log = 4,

    /// <summary>An Invalidator, or a server that it needs to make a purge.</summary>
    Purging = 8,
}

/// <summary>A way in which a part can break.</summary>
/// <param name="Name">The name in the report, such as <c>agent killed</c>.</param>
/// <param name="Part">The part that breaks, such as <c>agent</c>. Two faults of the same part and target never run together.</param>
/// <param name="Target">The possible targets.</param>
/// <param name="Least">The shortest duration.</param>
/// <param name="Most">The longest duration.</param>
/// <param name="InjectAsync">Breaks the part of a target; returns the action that mends it.</param>
internal sealed record FaultKind(
    string Name, string Part, Targets Target, TimeSpan Least, TimeSpan Most, Func<Scene, string, Task<Func<Task>>> InjectAsync)
{
    /// <summary>
    /// How long this fault must last before its region's agent is certain to raise an alert; null if it need not raise one.
    /// </summary>
    public TimeSpan? AlertAfter { get; init; }

    /// <summary>What is away while the fault lasts. It excuses an independent region that serves a stale entry for long.</summary>
    public Absence Away { get; init; }
}
