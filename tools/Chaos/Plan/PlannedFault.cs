namespace LastMile.Events.Chaos.Plan;

/// <summary>One fault of a round.</summary>
/// <param name="Kind">What breaks.</param>
/// <param name="Target">Which of the kind's targets.</param>
/// <param name="After">When, from the begin of the round.</param>
/// <param name="Lasting">How long until it is mended.</param>
internal sealed record PlannedFault(FaultKind Kind, string Target, TimeSpan After, TimeSpan Lasting)
{
    /// <summary>What it breaks, as <c>agent ams</c>: no other fault breaks the same at the same time.</summary>
    public string Broken => Kind.Target == Targets.System ? Kind.Part : $"{Kind.Part} {Target}";

    public override string ToString() => $"{Kind.Name} ({Target}) after {After.TotalSeconds:0.0} s for {Lasting.TotalSeconds:0.0} s";
}
