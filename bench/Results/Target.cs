using LastMile.Events.Bench.Results.Tables;

namespace LastMile.Events.Bench.Results;

/// <summary>A figure that was aimed at.</summary>
/// <param name="What">What is measured, as <c>p50 at 50/s, over the floor's</c>.</param>
/// <param name="Measured">What it is.</param>
/// <param name="Limit">What it should be.</param>
/// <param name="Bound">On which side of the limit.</param>
/// <param name="Unit">As <c>ms</c>, or <c>×</c> for a ratio.</param>
internal sealed record Target(string What, double Measured, double Limit, Bound Bound, string Unit)
{
    public bool Met => Bound == Bound.AtMost ? Measured <= Limit : Measured >= Limit;

    /// <summary>As <c>1.70 ×</c>.</summary>
    public string MeasuredText() => $"{Figure.Of(Measured)} {Unit}";

    /// <summary>As <c>≤ 2 ×</c>.</summary>
    public string LimitText() => $"{(Bound == Bound.AtMost ? "≤" : "≥")} {Limit:#,0.###} {Unit}";
}

/// <summary>The side of a limit that is good.</summary>
internal enum Bound
{
    AtMost,
    AtLeast,
}
