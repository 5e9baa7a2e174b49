using LastMile.Events.Invalidator.Changes;
using LastMile.Events.Invalidator.Configuration;
using LastMile.Events.Invalidator.Regions;
using LastMile.Events.Messages;
using LastMile.Events.Redis;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;
using Npgsql;
using Xunit;

namespace Invalidator.Tests;

public sealed class RegionReportsTests
{
    private static readonly DateTimeOffset Noon = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    private readonly FakeTimeProvider time = new(Noon);
    private readonly RegionReports reports;

    public RegionReportsTests() => reports = new RegionReports(time);

    [Fact]
    public void A_batch_arrives_when_the_region_first_shows_it_or_a_later_one()
    {
        Report(shown: 1);
        time.Advance(TimeSpan.FromSeconds(1));
        Report(shown: 5, ago: 40);
        time.Advance(TimeSpan.FromSeconds(1));
        Report(shown: 5, ago: 1_040);

        Assert.Equal(Noon.AddMilliseconds(960), ArrivedAt(Batch(3)));
        Assert.Equal(Noon.AddMilliseconds(960), ArrivedAt(Batch(5)));
        Assert.Null(ArrivedAt(Batch(6)));
    }

    [Fact]
    public void The_arrival_time_before_the_first_report_is_unknown()
    {
        Report(shown: 5, ago: 10);

        Assert.Null(ArrivedAt(Batch(4)));
        Assert.Equal(Noon.AddMilliseconds(-10), ArrivedAt(Batch(5)));
        Assert.True(Has(Batch(4)));
    }

    [Fact]
    public void A_later_epoch_includes_every_batch_of_the_previous_one()
    {
        reports.Add(Reported() with { Shown = new(2, 1) });

        Assert.True(Has(Batch(1_000)));
    }

    [Theory]
    [InlineData(7, 3, false, true)]
    [InlineData(7, 3, true, false)]
    [InlineData(3, 7, false, true)]
    [InlineData(3, 7, true, true)]
    [InlineData(3, 3, false, false)]
    public void Only_the_agents_report_proves_a_prefix_purge(long shown, long applied, bool isPrefix, bool has)
    {
        Report(shown, applied);

        Assert.Equal(has, Has(Batch(7) with { Prefix = isPrefix ? "p" : null }));
    }

    [Fact]
    public void A_region_without_a_watermark_lacks_all_batches_but_keeps_their_arrival_times()
    {
        Report(shown: 4);
        time.Advance(TimeSpan.FromSeconds(1));
        Report(shown: 5);
        reports.Add(Reported());

        Assert.False(Has(Batch(5)));
        Assert.Equal(Noon.AddSeconds(1), ArrivedAt(Batch(5)));
    }

    [Fact]
    public void The_oldest_arrivals_are_forgotten()
    {
        for (var sequence = 1; sequence <= ArrivalHistory.MaxEntries + 1; sequence++)
            Report(sequence);

        Assert.Null(ArrivedAt(Batch(1)));
        Assert.Null(ArrivedAt(Batch(1_000)));
        Assert.Equal(Noon, ArrivedAt(Batch(1_001)));
        Assert.Equal(Noon, ArrivedAt(Batch(ArrivalHistory.MaxEntries + 1)));
    }

    [Fact]
    public void The_worst_lag_covers_the_last_hour()
    {
        reports.Add(Reported() with { LagMilliseconds = 20, WorstLagMilliseconds = 900 });
        time.Advance(TimeSpan.FromMinutes(30));
        reports.Add(Reported() with { LagMilliseconds = 300 });
        Assert.Equal(900, reports.Find("ams")!.WorstLagMs);

        time.Advance(TimeSpan.FromMinutes(31));

        Assert.Equal(300, reports.Find("ams")!.WorstLagMs);
        time.Advance(TimeSpan.FromMinutes(60));
        Assert.Equal(0, reports.Find("ams")!.WorstLagMs);
    }

    [Fact]
    public void Each_report_ends_the_waits_that_began_before_it()
    {
        var before = reports.Changed;
        Assert.False(before.IsCompleted);

        Report(1);

        Assert.True(before.IsCompleted);
        Assert.False(reports.Changed.IsCompleted);
    }

    [Fact]
    public void A_forgotten_region_is_known_again_when_it_reports()
    {
        Report(1);

        Assert.True(reports.Forget("ams"));
        Assert.False(reports.Forget("ams"));
        Assert.Empty(reports.All);
        Report(2);
        Assert.Equal("ams", Assert.Single(reports.All).Report.Region);
    }

    [Fact]
    public async Task A_region_without_a_row_or_recent_reports_is_forgotten()
    {
        await using var unused = NpgsqlDataSource.Create("Host=nowhere.invalid");
        var known = new KnownRegions(unused, reports, Options.Create(new InvalidatorOptions()), time);
        var row = new RegionRow("ams", "Replicated", "Converged", default, ReportAgeMs: 0);
        Report(1);
        Assert.Single(known.With([]));

        time.Advance(TimeSpan.FromSeconds(11));

        Assert.Empty(known.With([]));
        Assert.Single(known.With([row]));
        Report(1);
        Assert.Single(known.With([]));
    }

    [Fact]
    public void A_verdict_expires_when_the_region_has_not_reported_for_SilentAfter()
    {
        var silentAfter = TimeSpan.FromSeconds(5);
        Report(1);
        var region = new KnownRegion("ams", reports.Find("ams"), Row: null);

        time.Advance(TimeSpan.FromMilliseconds(4_999));
        Assert.Equal(("Converged", false, Noon), Seen(region));
        time.Advance(TimeSpan.FromMilliseconds(1));

        Assert.Equal(("Silent", true, Noon), Seen(region));
        // Another Invalidator receives the region's reports; only this one is off the bus.
        var recorded = new RegionRow("ams", "Replicated", "Lagging", default, ReportAgeMs: 1_000);
        Assert.Equal(("Lagging", false, Noon.AddSeconds(4)), Seen(region with { Row = recorded }));
        Assert.Equal(("Silent", true, Noon), Seen(region with { Row = recorded with { ReportAgeMs = 5_000 } }));

        (string, bool, DateTimeOffset) Seen(KnownRegion known)
        {
            var view = known.View(silentAfter, time.GetUtcNow());
            return (view.Verdict, view.Silent, view.ReportedAt);
        }
    }

    private void Report(long shown, long? applied = null, double ago = 0) => reports.Add(
        Reported() with { Shown = new(1, shown), Applied = applied is { } sequence ? new(1, sequence) : null, AgeMilliseconds = ago });

    private DateTimeOffset? ArrivedAt(PurgeBatch batch) => reports.Find("ams")!.ArrivedAt(batch);

    private bool Has(PurgeBatch batch) => new KnownRegion("ams", reports.Find("ams"), Row: null).Has(batch);

    private static RegionReported Reported() => new("ams", "agent-1", "Replicated", "Converged", Shown: null, Applied: null, Noon);

    private static PurgeBatch Batch(long sequence) => new(Guid.Empty, new Watermark(1, sequence), [], [], Noon, []);
}
