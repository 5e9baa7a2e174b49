using LastMile.Events.Chaos.Faults;

namespace LastMile.Events.Chaos.Plan;

/// <summary>What a kind of fault can be done to.</summary>
internal enum Targets
{
    /// <summary>What there is one of.</summary>
    System,

    /// <summary>Each of the Invalidators.</summary>
    Invalidators,

    /// <summary>Each of the regions, or what stands for it there.</summary>
    Regions,
}

/// <summary>A way in which a part can break.</summary>
/// <param name="Name">As the report calls it, as <c>agent killed</c>.</param>
/// <param name="Part">What breaks, as <c>agent</c>: two faults of one part of one target don't go together.</param>
/// <param name="Target">What it can be done to.</param>
/// <param name="Least">How long it lasts at least.</param>
/// <param name="Most">How long it lasts at most.</param>
/// <param name="InjectAsync">Breaks the part of a target; gives what mends it.</param>
internal sealed record FaultKind(
    string Name, string Part, Targets Target, TimeSpan Least, TimeSpan Most, Func<Scene, string, Task<Func<Task>>> InjectAsync)
{
    /// <summary>How long an outage of this kind must last to make its region's agent raise an alert for certain; null: it need not raise one.</summary>
    public TimeSpan? AlertAfter { get; init; }
}
