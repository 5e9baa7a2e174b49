using System.Collections.Concurrent;
using LastMile.Events.Hosting;
using LastMile.Events.Messages;

namespace LastMile.Events.Invalidator.Regions;

/// <summary>The agents' reports since this process started. They need no storage: agents report again within a second.</summary>
internal sealed class RegionReports(TimeProvider time)
{
    private readonly ConcurrentDictionary<string, RegionProgress> regions = new(StringComparer.Ordinal);
    private readonly Latch changed = new();

    /// <summary>The newest report of each region and its age, ordered by region.</summary>
    public IEnumerable<(RegionReported Report, TimeSpan Age)> All =>
        regions.Values.Select(region => (region.Report, region.ReportAge)).OrderBy(entry => entry.Report.Region, StringComparer.Ordinal);

    /// <summary>Completes at the next report. Get it before reading the reports, so that none is missed.</summary>
    public Task Changed => changed.Opened;

    /// <summary>The names of the regions that have reported.</summary>
    public ICollection<string> Names => regions.Keys;

    public void Add(RegionReported report)
    {
        regions.AddOrUpdate(report.Region, _ => new RegionProgress(report, time), (_, region) => region.Add(report));
        // Releases the waiters that may not have read this report. Later ones wait for the next report.
        changed.Open();
        changed.Close();
    }

    /// <summary>Returns a region's reports; null when it has not reported.</summary>
    public RegionProgress? Find(string name) => regions.GetValueOrDefault(name);

    /// <summary>Forgets a region until it reports again.</summary>
    /// <returns>Whether the region was known.</returns>
    public bool Forget(string name) => regions.TryRemove(name, out _);
}
