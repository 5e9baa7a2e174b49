using LastMile.Events.Invalidator.Changes;
using LastMile.Events.Invalidator.Configuration;
using LastMile.Events.Messages;
using MassTransit;
using Microsoft.Extensions.Options;

namespace LastMile.Events.Invalidator.Regions;

/// <summary>
/// Receives the agents' reports, for receipts and the silence monitor. Ignores those of other lineages,
/// and names that the table can't store.
/// </summary>
internal sealed class RegionReportConsumer(
    RegionReports reports, UnrecordedReports unrecorded, IOptions<InvalidatorOptions> options) : IConsumer<RegionReported>
{
    public Task Consume(ConsumeContext<RegionReported> context)
    {
        var report = context.Message;
        if (report.Lineage == options.Value.Lineage
            && PurgeNames.Reject(report.Region) is null
            && PurgeNames.Reject(report.Topology) is null
            && PurgeNames.Reject(report.Verdict) is null)
        {
            reports.Add(report);
            unrecorded.Add(report);
        }

        return Task.CompletedTask;
    }
}
