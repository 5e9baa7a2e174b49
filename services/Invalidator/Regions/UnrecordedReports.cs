using LastMile.Events.Messages;

namespace LastMile.Events.Invalidator.Regions;

/// <summary>The newest report of each region that was heard since they were last taken.</summary>
internal sealed class UnrecordedReports
{
    private readonly Lock gate = new();
    private Dictionary<string, RegionReported> heard = new(StringComparer.Ordinal);

    public void Add(RegionReported report)
    {
        lock (gate)
            heard[report.Region] = report;
    }

    public IReadOnlyCollection<RegionReported> Take()
    {
        lock (gate)
        {
            if (heard.Count == 0)
                return [];
            var taken = heard.Values;
            heard = new(StringComparer.Ordinal);
            return taken;
        }
    }
}
