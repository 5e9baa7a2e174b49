using System.Xml.Linq;
using OxyPlot;

namespace LastMile.Events.Bench.Results.Plots;

/// <summary>Draws a plot as an SVG document at the width of a README.</summary>
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
            // Some viewers ignore vertical alignment and place all text on the baseline.
            UseVerticalTextAlignmentWorkaround = true,
        };
        var svg = XElement.Parse(exporter.ExportToString(model));
        // Without a viewBox, a narrow page crops the plot instead of scaling it.
        svg.SetAttributeValue("viewBox", $"0 0 {Width} {height}");
        return svg.ToString();
    }

    // The exporter's own text measurer treats pixels as points, so it measures text a quarter too small and labels overlap.
    private sealed class TextMeasure(int height) : PdfRenderContext(Width, height, OxyColors.White)
    {
        private const double PixelsPerPoint = 96d / 72;

        public override OxySize MeasureText(string text, string fontFamily, double fontSize, double fontWeight) =>
            base.MeasureText(text, fontFamily, fontSize * PixelsPerPoint, fontWeight);
    }
}
