using LastMile.Events.Bench.Results.Tables;

namespace LastMile.Events.Bench.Results;

/// <summary>A target for a figure.</summary>
/// <param name="What">The measured quantity, such as <c>p50 at 50/s, relative to the floor</c>.</param>
/// <param name="Measured">The measured value.</param>
/// <param name="Limit">The limit.</param>
/// <param name="Bound">The side of the limit that meets the target.</param>
/// <param name="Unit">The unit, such as <c>ms</c>, or <c>×</c> for a ratio.</param>
internal sealed record Target(string What, double Measured, double Limit, Bound Bound, string Unit)
{
    public bool Met => Bound == Bound.AtMost ? Measured <= Limit : Measured >= Limit;

    /// <summary>Formats the measured value, for example <c>1.70 ×</c>.</summary>
    public string MeasuredText() => $"{Figure.Of(Measured)} {Unit}";

    /// <summary>Formats the limit, for example <c>≤ 2 ×</c>.</summary>
    public string LimitText() => $"{(Bound == Bound.AtMost ? "≤" : "≥")} {Limit:#,0.###} {Unit}";
}

/// <summary>The side of a limit that meets a target.</summary>
internal enum Bound
{
    AtMost,
    AtLeast,
}
