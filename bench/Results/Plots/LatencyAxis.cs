using OxyPlot.Axes;

namespace LastMile.Events.Bench.Results.Plots;

/// <summary>A logarithmic axis in milliseconds that begins and ends at 1, 2, or 5 times a power of ten.</summary>
internal sealed class LatencyAxis : LogarithmicAxis
{
    private const double DecadesOfAllTicks = 3.5;

    private readonly double[] ticks;

    /// <param name="least">The lowest latency to show; must be above 0.</param>
    /// <param name="most">The highest latency to show.</param>
    public LatencyAxis(double least, double most)
    {
        var (first, last) = (Math.Floor(Math.Log10(least)) - 1, Math.Ceiling(Math.Log10(most)));
        var decades = Enumerable.Range((int)first, (int)(last - first) + 1).Select(exponent => Math.Pow(10, exponent)).ToList();
        var candidates = decades.SelectMany(decade => new[] { decade, 2 * decade, 5 * decade }).ToList();
        (Minimum, Maximum) = (candidates.Last(tick => tick < least), candidates.First(tick => tick > most));
        var shown = Math.Log10(Maximum / Minimum) > DecadesOfAllTicks ? decades : candidates;
        ticks = [.. shown.Where(tick => tick >= Minimum && tick <= Maximum)];
        LabelFormatter = value => $"{value:#,0.###}";
    }

    public override void GetTickValues(
        out IList<double> majorLabelValues, out IList<double> majorTickValues, out IList<double> minorTickValues)
    {
        majorTickValues = ticks;
        majorLabelValues = ticks;
        minorTickValues = [];
    }
}
