using System.Text.Json;

namespace LastMile.Events.Cli.Demo;

/// <summary>The report that <c>demo --report</c> writes.</summary>
/// <param name="Passed">
/// True if there is no stale key, every change was purged everywhere, and the cut region's episode has one alert and one recovery.
/// </param>
/// <param name="Changes">The number of changes.</param>
/// <param name="StaleKeys">The number of stale keys in all regions.</param>
/// <param name="Regions">The regions' results.</param>
/// <param name="Alerts">Every alert received, in order.</param>
/// <param name="CutEpisode">The episode that the cut link caused; null if no alert arrived.</param>
/// <param name="Problems">The failures; empty if the demo passed.</param>
internal sealed record DemoReport(
    bool Passed,
    int Changes,
    int StaleKeys,
    IReadOnlyList<RegionResult> Regions,
    IReadOnlyCollection<ReceivedAlert> Alerts,
    Guid? CutEpisode,
    IReadOnlyList<string> Problems)
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    /// <summary>Judges a demo.</summary>
    /// <param name="changes">The number of changes.</param>
    /// <param name="regions">The regions' results.</param>
    /// <param name="alerts">Every alert received, in order.</param>
    /// <param name="cutEpisode">The episode that the cut link caused.</param>
    /// <param name="problems">Failures during the demo.</param>
    public static DemoReport Of(
        int changes,
        IReadOnlyList<RegionResult> regions,
        IReadOnlyCollection<ReceivedAlert> alerts,
        Guid? cutEpisode,
        IEnumerable<string> problems)
    {
        string[] all =
        [
            .. problems,
            .. regions.Where(region => region.Purged < changes)
                .Select(region => $"{region.Name}: {changes - region.Purged:N0} of {changes:N0} changes were not purged in time."),
            .. regions.Where(region => region.StaleKeys > 0).Select(region => $"{region.Name}: {region.StaleKeys:N0} stale keys."),
            .. alerts.Where(alert => alert.Episode == cutEpisode)
                .GroupBy(alert => (alert.Region, alert.Kind, alert.Severity))
                .Where(same => same.Count() > 1)
                .Select(same => $"{same.Key.Region}: '{same.Key.Kind}' was reported {same.Count()} times."),
        ];
        return new DemoReport(all.Length == 0, changes, regions.Sum(region => region.StaleKeys), regions, alerts, cutEpisode, all);
    }

    public Task WriteAsync(string file, CancellationToken cancellationToken) =>
        File.WriteAllTextAsync(file, JsonSerializer.Serialize(this, Json) + Environment.NewLine, cancellationToken);
}

/// <summary>One region's part of the report.</summary>
/// <param name="Name">The region.</param>
/// <param name="Purged">The number of changes whose keys are all gone there.</param>
/// <param name="P50Ms">The median time from a commit until its keys were gone, in milliseconds; null if nothing was purged.</param>
/// <param name="P99Ms">The 99th percentile of that time.</param>
/// <param name="StaleKeys">The number of cached entries that differ from the database at the end.</param>
internal sealed record RegionResult(string Name, int Purged, double? P50Ms, double? P99Ms, int StaleKeys)
{
    public static RegionResult Of(string name, (int Purged, double[] Milliseconds) purges, int staleKeys) =>
        new(name, purges.Purged, Percentile(purges.Milliseconds, 0.50), Percentile(purges.Milliseconds, 0.99), staleKeys);

    // Nearest rank.
    private static double? Percentile(double[] sorted, double share) =>
        sorted.Length == 0 ? null : Math.Round(sorted[Math.Max(0, (int)Math.Ceiling(share * sorted.Length) - 1)], 2);
}
