using OxyPlot;
using OxyPlot.Axes;
using OxyPlot.Legends;
using OxyPlot.Series;

namespace LastMile.Events.Bench.Results.Plots;

/// <summary>Draws the distribution of latencies: one line per contender, up to its slowest change.</summary>
internal static class LatencyPlot
{
    private const int Height = 450;
    private const int Points = 300;

    // A purge that arrives before its writer sees the commit return counts as 0 ms, which a logarithmic axis cannot show.
    private const double Least = 0.01;

    public static string Draw(LatencyComparison comparison)
    {
        var lines = comparison.Contenders.Select(Line).ToList();
        var latencies = lines.SelectMany(line => line.Points).Select(point => point.Y).ToList();
        var model = PlotStyle.Model(comparison.Work, "how long the changes took: each line ends at the slowest");
        model.Axes.Add(PlotStyle.Of(new PercentileAxis { Position = AxisPosition.Bottom }, "percentile"));
        model.Axes.Add(PlotStyle.Of(
            new LatencyAxis(latencies.Min(), latencies.Max()) { Position = AxisPosition.Left }, "ms, on a logarithmic scale"));
        model.Legends.Add(new Legend
        {
            LegendPlacement = LegendPlacement.Outside,
            LegendPosition = LegendPosition.BottomCenter,
            LegendOrientation = LegendOrientation.Horizontal,
            LegendSymbolLength = 28,
            LegendColumnSpacing = 24,
            LegendLineSpacing = 4,
        });
        lines.ForEach(model.Series.Add);
        return Svg.Draw(model, Height);
    }

    private static LineSeries Line(LatencyContender contender, int index)
    {
        var line = new LineSeries
        {
            Title = contender.Name,
            Color = PlotStyle.ColorOf(index),
            Dashes = index == 0 ? [4, 2] : null,
            StrokeThickness = 2.5,
        };
        // Each of n changes covers 1/n of all shares; the slowest is drawn in the middle of its part.
        var (start, end) = (PercentileAxis.Start, PercentileAxis.PositionOf(1 - (0.5 / contender.Count)));
        for (var point = 0; point <= Points; point++)
        {
            var position = start + ((end - start) * point / Points);
            line.Points.Add(new DataPoint(position, Math.Max(Least, contender.Percentile(PercentileAxis.ShareAt(position)))));
        }

        return line;
    }
}
