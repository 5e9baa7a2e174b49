using System.Text.Json;

namespace LastMile.Events.Cli.Demo;

/// <summary>What <c>demo --report</c> writes.</summary>
/// <param name="Passed">No stale key, every change purged everywhere, and just the alerts that there should be.</param>
/// <param name="Changes">Changes that were made.</param>
/// <param name="StaleKeys">Stale keys over all regions.</param>
/// <param name="Regions">Each region.</param>
/// <param name="Alerts">Every alert heard, in order.</param>
internal sealed record DemoReport(
    bool Passed, int Changes, int StaleKeys, IReadOnlyList<RegionResult> Regions, IReadOnlyCollection<Alert> Alerts)
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    public static DemoReport Of(int changes, string cutRegion, IReadOnlyList<RegionResult> regions, IReadOnlyCollection<Alert> alerts)
    {
        var stale = regions.Sum(region => region.StaleKeys);
        var purgedAll = regions.All(region => region.Purged == changes);
        var oneOfEach = alerts.Select(alert => (alert.Region, alert.Kind))
            .SequenceEqual([(cutRegion, Alert.Detected), (cutRegion, Alert.Recovered)]);
        return new DemoReport(stale == 0 && purgedAll && oneOfEach, changes, stale, regions, alerts);
    }

    public Task WriteAsync(string file, CancellationToken cancellationToken) =>
        File.WriteAllTextAsync(file, JsonSerializer.Serialize(this, Json) + Environment.NewLine, cancellationToken);
}

/// <summary>One region's part of the report.</summary>
/// <param name="Name">The region.</param>
/// <param name="Purged">Changes whose keys are all gone there.</param>
/// <param name="P50Ms">Median milliseconds from commit to gone; null when nothing was purged.</param>
/// <param name="P99Ms">99th percentile of the same.</param>
/// <param name="StaleKeys">Cached entries that differ from the database at the end.</param>
internal sealed record RegionResult(string Name, int Purged, double? P50Ms, double? P99Ms, int StaleKeys)
{
    public static RegionResult Of(string name, (int Purged, double[] Milliseconds) purges, int staleKeys) =>
        new(name, purges.Purged, Percentile(purges.Milliseconds, 0.50), Percentile(purges.Milliseconds, 0.99), staleKeys);

    // Nearest rank.
    private static double? Percentile(double[] sorted, double share) =>
        sorted.Length == 0 ? null : Math.Round(sorted[Math.Max(0, (int)Math.Ceiling(share * sorted.Length) - 1)], 2);
}
