using LastMile.Events.Fabric;
using LastMile.Events.Messages;
using LastMile.Events.Testing;
using Xunit;

namespace Storefront.Tests;

/// <summary>What a Storefront does that can't have heard, or can't hear, how its region stands.</summary>
public sealed class RegionTroubleTests(SharedServers servers)
{
    private const string Page = "/products/7";

    private static readonly ReplicaLagDetected Critical =
        new(Guid.CreateVersion7(), "ams", LagSeverity.Critical, 3, 1_500, null, LinkState.Down, DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch);

    [Fact]
    public async Task One_that_starts_inside_a_critical_episode_reads_from_the_database_to_its_end()
    {
        var uri = await servers.CreateVirtualHostAsync();
        await using var other = await OtherSide.ConnectAsync(uri, Critical);
        await using var storefront = await RunningStorefront.StartAsync(servers, ("RabbitMq:Uri", uri.ToString()));
        await storefront.CacheAsync(Page);

        await Eventually.Async(() => storefront.CacheAsync(Page), cache => cache == "miss");
        await storefront.DeliverAsync(new ReplicaLagRecovered(Critical.Episode, "ams", LagSeverity.Critical, 100, 50, 3, DateTimeOffset.UnixEpoch));

        await Eventually.Async(() => storefront.CacheAsync(Page), cache => cache == "hit");
    }

    [Fact]
    public async Task One_that_nobody_answers_serves_and_asks_on()
    {
        var uri = await servers.CreateVirtualHostAsync();
        await using var storefront = await RunningStorefront.StartAsync(servers, ("RabbitMq:Uri", uri.ToString()));
        await storefront.CacheAsync(Page);
        Assert.Equal("hit", await storefront.CacheAsync(Page));

        await using var other = await OtherSide.ConnectAsync(uri, Critical);

        await Eventually.Async(() => storefront.CacheAsync(Page), cache => cache == "miss");
    }

    [Fact]
    public async Task A_replicated_regions_silent_agent_is_no_reason_to_leave_the_cache()
    {
        await using var storefront = await RunningStorefront.StartAsync(servers);
        await storefront.CacheAsync(Page);

        await storefront.DeliverAsync(new RegionSilent("ams", DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch));
        await storefront.DeliverAsync(new RegionBack("ams", 5_000, DateTimeOffset.UnixEpoch));

        Assert.Equal("hit", await storefront.CacheAsync(Page));
    }

    [Fact]
    public async Task An_independent_region_is_read_from_the_database_while_its_agent_is_silent()
    {
        var uri = await servers.CreateVirtualHostAsync();
        await using var other = await OtherSide.ConnectAsync(uri);
        await using var storefront = await RunningStorefront.StartAsync(
            servers, ("RabbitMq:Uri", uri.ToString()), ("Topology", "Independent"), ("SilentAfter", "00:00:02"));
        await storefront.CacheAsync(Page);

        await Eventually.Async(() => storefront.CacheAsync(Page), cache => cache == "miss");
        await Eventually.Async(() => ReportAndReadAsync(other, storefront, "ams"), cache => cache == "hit");
        await Eventually.Async(() => ReportAndReadAsync(other, storefront, "syd"), cache => cache == "miss");
    }

    [Fact]
    public async Task An_independent_region_is_read_from_the_database_while_the_bus_is_lost()
    {
        var uri = await servers.CreateVirtualHostAsync();
        await using var link = new WanLink(uri.Port);
        await using var other = await OtherSide.ConnectAsync(uri);
        await using var storefront = await RunningStorefront.StartAsync(
            servers, ("RabbitMq:Uri", new UriBuilder(uri) { Port = link.Port }.ToString()), ("Topology", "Independent"), ("SilentAfter", "00:00:02"));
        await storefront.CacheAsync(Page);
        await Eventually.Async(() => ReportAndReadAsync(other, storefront, "ams"), cache => cache == "hit");

        link.Cut();
        await Eventually.Async(() => ReportAndReadAsync(other, storefront, "ams"), cache => cache == "miss");
        link.Mend();

        await Eventually.Async(() => ReportAndReadAsync(other, storefront, "ams"), cache => cache == "hit");
    }

    private static async Task<string> ReportAndReadAsync(OtherSide other, RunningStorefront storefront, string region)
    {
        await other.ReportAsync(region);
        return await storefront.CacheAsync(Page);
    }
}
