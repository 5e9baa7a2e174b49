using LastMile.Events.Bench.Results.Tables;
using OxyPlot;
using OxyPlot.Annotations;
using OxyPlot.Axes;
using OxyPlot.Series;

namespace LastMile.Events.Bench.Results.Plots;

/// <summary>Draws the contenders' medians as bars, each with its figure and its ratio to the first.</summary>
internal static class BarPlot
{
    private const int HeightOfRest = 110;
    private const int HeightOfBar = 46;

    public static string Draw(Comparison comparison)
    {
        var contenders = comparison.Contenders;
        var model = PlotStyle.Model(
            comparison.Work, contenders.Count > 1 ? $"{comparison.Unit}, and the ratio to {contenders[0].Name}" : comparison.Unit);
        var names = new CategoryAxis
        {
            Position = AxisPosition.Left,
            GapWidth = 0.4,
            StartPosition = 1,
            EndPosition = 0,
            TickStyle = TickStyle.None,
        };
        var bars = new BarSeries();
        foreach (var (index, contender) in contenders.Index())
        {
            names.Labels.Add(contender.Name);
            bars.Items.Add(new BarItem(contender.Median) { Color = PlotStyle.ColorOf(index) });
            model.Annotations.Add(Label(contender, index));
        }

        model.Axes.Add(PlotStyle.Of(names));
        model.Axes.Add(PlotStyle.Of(new LinearAxis
        {
            Position = AxisPosition.Bottom,
            Minimum = 0,
            MaximumPadding = 0.25,
            LabelFormatter = value => $"{value:#,0.####}",
        }));
        model.Series.Add(bars);
        return Svg.Draw(model, HeightOfRest + (HeightOfBar * contenders.Count));
    }

    private static TextAnnotation Label(Contender contender, int index) => new()
    {
        Text = index == 0 ? Figure.Of(contender.Median) : $"{Figure.Of(contender.Median)} ({Figure.Of(contender.Ratio)} ×)",
        TextPosition = new DataPoint(contender.Median, index),
        TextHorizontalAlignment = HorizontalAlignment.Left,
        TextVerticalAlignment = VerticalAlignment.Middle,
        Offset = new ScreenVector(6, 0),
        StrokeThickness = 0,
    };
}
