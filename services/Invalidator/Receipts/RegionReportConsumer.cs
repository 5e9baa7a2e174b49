using LastMile.Events.Messages;
using MassTransit;

namespace LastMile.Events.Invalidator.Receipts;

/// <summary>Receives what the regions' agents report.</summary>
internal sealed class RegionReportConsumer(RegionReports reports) : IConsumer<RegionReported>
{
    public Task Consume(ConsumeContext<RegionReported> context)
    {
        reports.Add(context.Message);
        return Task.CompletedTask;
    }
}
