using LastMile.Events.Messages;
using LastMile.Events.Testing;
using Xunit;

namespace LastMile.Events.EndToEnd.Tests;

/// <summary>
/// The links of two regions are cut for a minute during 50,000 purges: each region raises one alert, which becomes critical once, and one
/// recovery.
/// </summary>
[Long]
[Collection<OutageTests>]
public sealed class LongOutageTests(BreakableSystem system)
{
    private const int Things = 50_000;
    private const int SingleChanges = 1_000;

    private static readonly TimeSpan Long = TimeSpan.FromSeconds(60);
    private static readonly string[] Keys = [.. Enumerable.Range(1, Things).Select(id => $"thing:{id}")];

    [Fact]
    public async Task A_link_cut_for_60_s_during_50_000_purges_raises_one_critical_alert()
    {
        var (replica, independent) = (system.Regions[0], system.Regions[2]);
        RunningRegion[] regions = [replica, independent];
        await system.ExecuteAsync("create table things (id int); select lastmile.track('things', 'Thing', array['thing:{id}'])");
        foreach (var region in regions)
        {
            await region.IsHealthyAsync();
            await region.FillAsync(Keys);
        }

        var before = Array.ConvertAll(regions, region => system.Alerts.Of(region.Name).Count);
        var end = Task.Delay(Long, TestContext.Current.CancellationToken);
        foreach (var region in regions)
            region.Link.Cut();
        await PurgeAsync();

        // The agent repairs the region while the link is still cut.
        await replica.GoneInTimeAsync(Keys);
        foreach (var region in regions)
        {
            await Eventually.Async(
                () => system.Alerts.Of(region.Name) is [.., ReplicaLagDetected { Severity: LagSeverity.Critical }], Long);
        }

        Assert.Equal(["Disconnected", "Unreachable"], await Task.WhenAll(replica.VerdictAsync(), independent.VerdictAsync()));
        await end;
        foreach (var region in regions)
            region.Link.Mend();

        await Task.WhenAll(regions.Select(region => region.GoneInTimeAsync(Keys, afterReconnect: region == independent)));
        foreach (var (region, count) in regions.Zip(before))
            await HasRecoveredAsync(region, count);
    }

    private async Task PurgeAsync()
    {
        await system.ExecuteAsync($"insert into things select generate_series({SingleChanges + 1}, {Things})");
        for (var id = 1; id <= SingleChanges; id++)
            await system.ExecuteAsync($"insert into things values ({id})");
    }

    private async Task HasRecoveredAsync(RunningRegion region, int before)
    {
        var recovered = await system.Alerts.OneEpisodeAsync(region.Name, before);
        await region.IsHealthyAsync();
        Assert.InRange(recovered.LatePurges, 100, Things);
        Assert.InRange(recovered.RepairedKeys, Things / 2, Things);
        Assert.InRange(recovered.DurationMilliseconds, 55_000, 70_000);
    }
}
