namespace LastMile.Events.Chaos.Plan;

/// <summary>One fault of a round.</summary>
/// <param name="Kind">The kind of fault.</param>
/// <param name="Target">One of the kind's targets.</param>
/// <param name="After">When it begins, from the start of the round.</param>
/// <param name="Lasting">How long it lasts until it is mended.</param>
internal sealed record PlannedFault(FaultKind Kind, string Target, TimeSpan After, TimeSpan Lasting)
{
    /// <summary>The broken part, such as <c>agent ams</c>. No other fault breaks the same part at the same time.</summary>
    public string Broken => Kind.Target == Targets.System ? Kind.Part : $"{Kind.Part} {Target}";

    public override string ToString() => $"{Kind.Name} ({Target}) after {After.TotalSeconds:0.0} s for {Lasting.TotalSeconds:0.0} s";
}
