using LastMile.Events.Invalidator.Rules;
using LastMile.Events.Messages;
using MassTransit;

namespace LastMile.Events.Invalidator.Regions;

/// <summary>The newest report of each region that was heard since they were last taken.</summary>
internal sealed class HeardRegions
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

/// <summary>Hears what the regions' agents report. What no table could hold is nobody's report.</summary>
internal sealed class HeardRegionConsumer(HeardRegions heard) : IConsumer<RegionReported>
{
    public Task Consume(ConsumeContext<RegionReported> context)
    {
        var report = context.Message;
        if (PurgeNames.Reject(report.Region) is null && PurgeNames.Reject(report.Topology) is null && PurgeNames.Reject(report.Verdict) is null)
            heard.Add(report);
        return Task.CompletedTask;
    }
}
