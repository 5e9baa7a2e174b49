using System.Text.Json;
using System.Text.RegularExpressions;
using LastMile.Events.Fabric;
using Xunit;

namespace Fabric.Tests;

/// <summary>Compares the Grafana dashboard in deploy/observability with the metrics that the code creates.</summary>
public sealed partial class DashboardTests
{
    private static readonly string Repository = RunFolder.RepositoryFolder();

    private static readonly string[] Wanted =
    [
        "lastmile_region_verdict", "lastmile_region_lag_seconds", "lastmile_purge_keys_total", "lastmile_outbox_age_milliseconds_bucket",
        "lastmile_outbox_quarantined_total", "lastmile_primary_memory_bytes", "lastmile_capture_findings", "lastmile_cache_reads_total",
    ];

    [Fact]
    public void Every_metric_of_the_dashboard_exists()
    {
        var exported = Instruments().SelectMany(PrometheusNames).ToHashSet(StringComparer.Ordinal);

        Assert.All(Queried(), metric => Assert.Contains(metric, exported));
    }

    [Fact]
    public void The_dashboard_shows_regions_purges_the_quarantine_memory_findings_and_caches() =>
        Assert.Subset(Queried().ToHashSet(StringComparer.Ordinal), Wanted.ToHashSet(StringComparer.Ordinal));

    [Fact]
    public void A_label_that_the_dashboard_groups_by_is_one_that_the_code_sets()
    {
        var source = string.Join('\n', MetricFiles().Select(File.ReadAllText));

        Assert.All(
            Expressions().SelectMany(expression => Grouping().Matches(expression))
                .SelectMany(match => match.Groups["labels"].Value.Split(", "))
                // Prometheus adds these two.
                .Except(["le", "instance"], StringComparer.Ordinal),
            label => Assert.Contains($"\"{label}\"", source, StringComparison.Ordinal));
    }

    // Prometheus derives a name from the instrument's name, unit and kind.
    private static IEnumerable<string> PrometheusNames((string Kind, string Name, string Unit) instrument)
    {
        var name = instrument.Name.Replace('.', '_') + instrument.Unit switch
        {
            "s" => "_seconds",
            "ms" => "_milliseconds",
            "By" => "_bytes",
            _ => "",
        };
        return instrument.Kind switch
        {
            "Counter" => [name + "_total"],
            "Histogram" => [name + "_bucket", name + "_sum", name + "_count"],
            _ => [name],
        };
    }

    private static IEnumerable<(string Kind, string Name, string Unit)> Instruments() =>
        from file in MetricFiles()
        from Match match in Creation().Matches(File.ReadAllText(file))
        let arguments = match.Groups["arguments"].Value
        select (match.Groups["kind"].Value, match.Groups["name"].Value, Unit().Match(arguments).Groups["unit"].Value);

    private static string[] MetricFiles() =>
        [.. ((string[])["clients", "services"]).SelectMany(folder =>
            Directory.EnumerateFiles(Path.Combine(Repository, folder), "*Metrics.cs", SearchOption.AllDirectories))];

    private static IEnumerable<string> Queried() =>
        Expressions().SelectMany(expression => Metric().Matches(expression)).Select(match => match.Value).Distinct(StringComparer.Ordinal);

    private static List<string> Expressions()
    {
        using var dashboard = JsonDocument.Parse(File.ReadAllText(Path.Combine(Repository, "deploy", "observability", "lastmile.json")));
        return
        [
            .. dashboard.RootElement.GetProperty("panels").EnumerateArray()
                .Where(panel => panel.TryGetProperty("targets", out _))
                .SelectMany(panel => panel.GetProperty("targets").EnumerateArray())
                .Select(target => target.GetProperty("expr").GetString()!),
        ];
    }

    [GeneratedRegex(
        @"meter\.Create(Observable)?(?<kind>Counter|Gauge|Histogram)(<\w+>)?\(\s*""(?<name>lastmile[^""]+)""(?<arguments>[^;]*);",
        RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking)]
    private static partial Regex Creation();

    [GeneratedRegex(@"[,\s]""(?<unit>s|ms|By)""", RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking)]
    private static partial Regex Unit();

    [GeneratedRegex("lastmile_[a-z_]+", RegexOptions.NonBacktracking)]
    private static partial Regex Metric();

    [GeneratedRegex(@"by \((?<labels>[a-z, ]+)\)", RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking)]
    private static partial Regex Grouping();
}
