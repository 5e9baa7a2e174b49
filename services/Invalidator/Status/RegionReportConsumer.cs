using System.Collections.Concurrent;
using LastMile.Events.Messages;
using MassTransit;

namespace LastMile.Events.Invalidator.Status;

/// <summary>The newest report of each region, and when it was heard. Lost with the process: a second later it is there again.</summary>
internal sealed class RegionReports(TimeProvider time)
{
    private readonly ConcurrentDictionary<string, (RegionReported Report, long HeardAt)> newest = new(StringComparer.Ordinal);

    public IEnumerable<(RegionReported Report, TimeSpan Ago)> All =>
        newest.Values.OrderBy(entry => entry.Report.Region, StringComparer.Ordinal)
            .Select(entry => (entry.Report, time.GetElapsedTime(entry.HeardAt)));

    public void Add(RegionReported report) => newest[report.Region] = (report, time.GetTimestamp());
}

/// <summary>Receives what the regions' agents report.</summary>
internal sealed class RegionReportConsumer(RegionReports reports) : IConsumer<RegionReported>
{
    public Task Consume(ConsumeContext<RegionReported> context)
    {
        reports.Add(context.Message);
        return Task.CompletedTask;
    }
}
