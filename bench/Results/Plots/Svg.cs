using System.Xml.Linq;
using OxyPlot;

namespace LastMile.Events.Bench.Results.Plots;

/// <summary>Draws a plot as an SVG document, as wide as a README.</summary>
internal static class Svg
{
    private const int Width = 800;

    public static string Draw(PlotModel model, int height)
    {
        var exporter = new SvgExporter
        {
            Width = Width,
            Height = height,
            IsDocument = false,
            TextMeasurer = new TextMeasure(height),
            // Some viewers place all texts on their baselines.
            UseVerticalTextAlignmentWorkaround = true,
        };
        var svg = XElement.Parse(exporter.ExportToString(model));
        // Without it, a narrow page would cut the plot instead of scaling it.
        svg.SetAttributeValue("viewBox", $"0 0 {Width} {height}");
        return svg.ToString();
    }

    // The exporter's own measure takes a font's pixels for points: it finds texts a quarter smaller than they are, and they overlap.
    private sealed class TextMeasure(int height) : PdfRenderContext(Width, height, OxyColors.White)
    {
        private const double PixelsPerPoint = 96d / 72;

        public override OxySize MeasureText(string text, string fontFamily, double fontSize, double fontWeight) =>
            base.MeasureText(text, fontFamily, fontSize * PixelsPerPoint, fontWeight);
    }
}
