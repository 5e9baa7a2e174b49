using LastMile.Events.Messages;

namespace LastMile.Events.Invalidator.Regions;

/// <summary>The newest report of each region that was received since the last <see cref="Take"/>. Thread-safe.</summary>
internal sealed class UnrecordedReports
{
    private readonly Lock gate = new();
    private Dictionary<string, RegionReported> newest = new(StringComparer.Ordinal);

    public void Add(RegionReported report)
    {
        lock (gate)
            newest[report.Region] = report;
    }

    public IReadOnlyCollection<RegionReported> Take()
    {
        lock (gate)
        {
            if (newest.Count == 0)
                return [];
            var taken = newest.Values;
            newest = new(StringComparer.Ordinal);
            return taken;
        }
    }
}
