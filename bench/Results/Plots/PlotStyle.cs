using OxyPlot;
using OxyPlot.Axes;

namespace LastMile.Events.Bench.Results.Plots;

/// <summary>The style of all plots.</summary>
internal static class PlotStyle
{
    private static readonly OxyColor Grid = OxyColor.FromRgb(0xE0, 0xE0, 0xE0);
    private static readonly OxyColor Ink = OxyColor.FromRgb(0x33, 0x33, 0x33);

    // The Okabe-Ito palette, which is safe for color-blind readers, without its yellow, which is faint on white.
    private static readonly OxyColor[] Palette =
    [
        OxyColor.FromRgb(0x55, 0x55, 0x55),
        OxyColor.FromRgb(0x00, 0x72, 0xB2),
        OxyColor.FromRgb(0xD5, 0x5E, 0x00),
        OxyColor.FromRgb(0x00, 0x9E, 0x73),
        OxyColor.FromRgb(0xCC, 0x79, 0xA7),
        OxyColor.FromRgb(0xE6, 0x9F, 0x00),
        OxyColor.FromRgb(0x56, 0xB4, 0xE9),
    ];

    /// <summary>Returns a contender's color; the first, the reference for the others, is gray.</summary>
    public static OxyColor ColorOf(int contender) => Palette[contender % Palette.Length];

    public static PlotModel Model(string title, string subtitle) => new()
    {
        Title = title,
        Subtitle = subtitle,
        TitleFontSize = 17,
        SubtitleFontSize = 13,
        TitleHorizontalAlignment = TitleHorizontalAlignment.CenteredWithinView,
        DefaultFont = "Helvetica, Arial, sans-serif",
        DefaultFontSize = 13,
        Background = OxyColors.White,
        TextColor = Ink,
        PlotAreaBorderThickness = new OxyThickness(1, 0, 0, 1),
        PlotAreaBorderColor = Ink,
        Padding = new OxyThickness(12, 12, 24, 12),
    };

    public static Axis Of(Axis axis, string? title = null)
    {
        axis.Title = title;
        axis.AxisTitleDistance = 14;
        axis.AxisTickToLabelDistance = 6;
        axis.TicklineColor = Ink;
        axis.MinorTickSize = 0;
        axis.MajorGridlineColor = Grid;
        axis.MajorGridlineStyle = axis is CategoryAxis ? LineStyle.None : LineStyle.Solid;
        return axis;
    }
}
