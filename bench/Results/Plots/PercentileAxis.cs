using OxyPlot.Axes;

namespace LastMile.Events.Bench.Results.Plots;

/// <summary>A percentile axis that spreads the tail: the distance from p90 to p99 equals that from p99 to p99.9.</summary>
internal sealed class PercentileAxis : LinearAxis
{
    private static readonly double[] Shares = [0.1, 0.5, 0.9, 0.99, 0.999, 0.9999];

    public PercentileAxis() => (Minimum, MaximumPadding) = (Start, 0);

    /// <summary>The start of the axis. The fastest changes vary by chance, and would stretch the latency axis.</summary>
    public static double Start => PositionOf(Shares[0]);

    /// <summary>Returns the position of a share of all changes.</summary>
    public static double PositionOf(double share) => -Math.Log10(1 - share);

    /// <summary>Returns the share at a position.</summary>
    public static double ShareAt(double position) => 1 - Math.Pow(10, -position);

    public override void GetTickValues(
        out IList<double> majorLabelValues, out IList<double> majorTickValues, out IList<double> minorTickValues)
    {
        majorTickValues = [.. Shares.Select(PositionOf).Where(position => position <= ActualMaximum)];
        majorLabelValues = majorTickValues;
        minorTickValues = [];
    }

    protected override string FormatValueOverride(double x) => $"p{ShareAt(x) * 100:0.##}";
}
