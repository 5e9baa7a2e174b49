using System.Collections.Concurrent;
using LastMile.Events.Messages;

namespace LastMile.Events.Invalidator.Receipts;

/// <summary>What the regions' agents report, since this process started. Lost with it: a second later the newest is there again.</summary>
internal sealed class RegionReports(TimeProvider time)
{
    private readonly ConcurrentDictionary<string, RegionProgress> regions = new(StringComparer.Ordinal);
    private TaskCompletionSource changed = NewSignal();

    /// <summary>The regions that were heard, by name.</summary>
    public IEnumerable<(RegionReported Report, TimeSpan Ago)> All =>
        regions.Values.Select(region => (region.Report, region.ReportAge)).OrderBy(entry => entry.Report.Region, StringComparer.Ordinal);

    /// <summary>Ends at the next report. Take it before the look that it is to repeat, and no report is missed.</summary>
    public Task Changed => Volatile.Read(ref changed).Task;

    /// <summary>The names of the regions that were heard.</summary>
    public ICollection<string> Names => regions.Keys;

    public void Add(RegionReported report)
    {
        regions.AddOrUpdate(report.Region, _ => new RegionProgress(report, time), (_, region) => region.Add(report));
        Interlocked.Exchange(ref changed, NewSignal()).SetResult();
    }

    /// <summary>A region as heard; null when it was not.</summary>
    public RegionProgress? Find(string name) => regions.GetValueOrDefault(name);

    /// <summary>Forgets a region until it reports again.</summary>
    /// <returns>Whether it was known.</returns>
    public bool Forget(string name) => regions.TryRemove(name, out _);

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
