using System.Xml.Linq;
using LastMile.Events.Bench.Results;
using LastMile.Events.Bench.Results.Plots;
using Xunit;

namespace Bench.Tests;

public sealed class PlotTests
{
    [Fact]
    public void A_latency_plot_names_every_contender_and_draws_a_line_for_each()
    {
        var plot = Parse(LatencyPlot.Draw(Example.Latencies));

        Assert.Superset(Example.Names.ToHashSet(), Texts(plot));
        Assert.Contains(Example.Latencies.Work, Texts(plot));
        Assert.Superset(new HashSet<string> { "p50", "p90", "p99", "p99.9" }, Texts(plot));
    }

    [Fact]
    public void Latencies_of_0_lie_at_the_bottom_of_the_logarithmic_axis()
    {
        var plot = Parse(LatencyPlot.Draw(new LatencyComparison("work", [new LatencyContender("instant", [[0, 0, 0, 0.5]])])));

        Assert.Contains("0.01", Texts(plot));
    }

    [Fact]
    public void Equal_latencies_lie_between_two_axis_ticks()
    {
        var plot = Parse(LatencyPlot.Draw(new LatencyComparison("work", [new LatencyContender("steady", [[2, 2]])])));

        Assert.Superset(new HashSet<string> { "1", "2", "5" }, Texts(plot));
    }

    [Fact]
    public void A_bar_plot_names_every_contender_with_its_figure_and_ratio()
    {
        var plot = Parse(BarPlot.Draw(Example.Throughput));

        Assert.Superset(Example.Names.ToHashSet(), Texts(plot));
        Assert.Superset(new HashSet<string> { "93,120", "71,400 (0.767 ×)", "2,210 (0.0237 ×)", "0.130 (0.00000140 ×)" }, Texts(plot));
    }

    [Fact]
    public void Bars_of_only_0_are_plotted()
    {
        Parse(BarPlot.Draw(new Comparison("work", "%", [Contender.Of("idle", [0], [0])])));
    }

    private static XElement Parse(string svg)
    {
        var plot = XElement.Parse(svg);

        Assert.Equal("svg", plot.Name.LocalName);
        Assert.StartsWith("0 0 800 ", plot.Attribute("viewBox")?.Value);
        Assert.DoesNotContain("NaN", svg);
        Assert.DoesNotContain("Infinity", svg);
        return plot;
    }

    private static HashSet<string> Texts(XElement plot) =>
        [.. plot.Descendants().Where(element => element.Name.LocalName == "text").Select(text => text.Value)];
}
