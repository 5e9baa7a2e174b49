using LastMile.Events.Invalidator.Receipts;
using LastMile.Events.Invalidator.Rules;
using LastMile.Events.Messages;
using MassTransit;

namespace LastMile.Events.Invalidator.Regions;

/// <summary>Hears what the regions' agents report, for receipts and for the watch. What no table could hold is nobody's report.</summary>
internal sealed class RegionReportConsumer(RegionReports reports, UnrecordedReports heard) : IConsumer<RegionReported>
{
    public Task Consume(ConsumeContext<RegionReported> context)
    {
        var report = context.Message;
        if (PurgeNames.Reject(report.Region) is null && PurgeNames.Reject(report.Topology) is null && PurgeNames.Reject(report.Verdict) is null)
        {
            reports.Add(report);
            heard.Add(report);
        }

        return Task.CompletedTask;
    }
}
