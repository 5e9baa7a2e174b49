using OxyPlot.Axes;

namespace LastMile.Events.Bench.Results.Plots;

/// <summary>Percentiles, spread so that the tail shows: from p90 to p99 is as far as from p99 to p99.9.</summary>
internal sealed class PercentileAxis : LinearAxis
{
    private static readonly double[] Shares = [0.1, 0.5, 0.9, 0.99, 0.999, 0.9999];

    public PercentileAxis() => (Minimum, MaximumPadding) = (Start, 0);

    /// <summary>Where the axis begins: what is faster is chance, and would stretch the other axis.</summary>
    public static double Start => PositionOf(Shares[0]);

    /// <summary>Where a share of all changes is on the axis.</summary>
    public static double PositionOf(double share) => -Math.Log10(1 - share);

    /// <summary>The share at a position.</summary>
    public static double ShareAt(double position) => 1 - Math.Pow(10, -position);

    public override void GetTickValues(out IList<double> majorLabelValues, out IList<double> majorTickValues, out IList<double> minorTickValues)
    {
        majorTickValues = [.. Shares.Select(PositionOf).Where(position => position <= ActualMaximum)];
        majorLabelValues = majorTickValues;
        minorTickValues = [];
    }

    protected override string FormatValueOverride(double x) => $"p{ShareAt(x) * 100:0.##}";
}
