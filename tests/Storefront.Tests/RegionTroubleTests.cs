using LastMile.Events.Fabric;
using LastMile.Events.Messages;
using LastMile.Events.Testing;
using Xunit;

namespace Storefront.Tests;

/// <summary>A Storefront that has missed alerts, or receives no reports of its region.</summary>
public sealed class RegionTroubleTests(SharedServers servers)
{
    private const string Page = "/products/7";

    private static readonly ReplicaLagDetected Critical =
        new(
            Guid.CreateVersion7(),
            "ams",
            LagSeverity.Critical,
            3,
            1_500,
            null,
            LinkState.Down,
            DateTimeOffset.UnixEpoch,
            DateTimeOffset.UnixEpoch);

    [Fact]
    public async Task A_Storefront_started_in_a_critical_episode_reads_from_the_database_until_its_end()
    {
        var uri = await servers.CreateVirtualHostAsync();
        await using var peer = await BusPeer.ConnectAsync(uri, Critical);
        await using var storefront = await RunningStorefront.StartAsync(servers, ("RabbitMq:Uri", uri.ToString()));
        await storefront.CacheAsync(Page);

        await Eventually.Async(() => storefront.CacheAsync(Page), cache => cache == "miss");
        await storefront.DeliverAsync(
            new ReplicaLagRecovered(Critical.Episode, "ams", LagSeverity.Critical, 100, 50, 3, DateTimeOffset.UnixEpoch));

        await Eventually.Async(() => storefront.CacheAsync(Page), cache => cache == "hit");
    }

    [Fact]
    public async Task A_Storefront_without_an_answer_serves_from_the_cache_and_retries()
    {
        var uri = await servers.CreateVirtualHostAsync();
        await using var storefront = await RunningStorefront.StartAsync(servers, ("RabbitMq:Uri", uri.ToString()));
        await storefront.CacheAsync(Page);
        Assert.Equal("hit", await storefront.CacheAsync(Page));

        await using var peer = await BusPeer.ConnectAsync(uri, Critical);

        await Eventually.Async(() => storefront.CacheAsync(Page), cache => cache == "miss");
    }

    [Fact]
    public async Task A_replicated_region_is_read_from_the_cache_while_its_agent_is_silent()
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
        await using var peer = await BusPeer.ConnectAsync(uri);
        await using var storefront = await RunningStorefront.StartAsync(
            servers, ("RabbitMq:Uri", uri.ToString()), ("Topology", "Independent"), ("SilentAfter", "00:00:02"));
        await storefront.CacheAsync(Page);

        await Eventually.Async(() => storefront.CacheAsync(Page), cache => cache == "miss");
        await Eventually.Async(() => ReportAndReadAsync(peer, storefront, "ams"), cache => cache == "hit");
        await Eventually.Async(() => ReportAndReadAsync(peer, storefront, "syd"), cache => cache == "miss");
    }

    [Fact]
    public async Task An_independent_region_is_read_from_the_database_while_the_bus_is_down()
    {
        var uri = await servers.CreateVirtualHostAsync();
        await using var link = new WanLink(uri.Port);
        await using var peer = await BusPeer.ConnectAsync(uri);
        await using var storefront = await RunningStorefront.StartAsync(
            servers,
            ("RabbitMq:Uri", new UriBuilder(uri) { Port = link.Port }.ToString()),
            ("Topology", "Independent"),
            ("SilentAfter", "00:00:02"));
        await storefront.CacheAsync(Page);
        await Eventually.Async(() => ReportAndReadAsync(peer, storefront, "ams"), cache => cache == "hit");

        link.Cut();
        await Eventually.Async(() => ReportAndReadAsync(peer, storefront, "ams"), cache => cache == "miss");
        link.Mend();

        await Eventually.Async(() => ReportAndReadAsync(peer, storefront, "ams"), cache => cache == "hit");
    }

    private static async Task<string> ReportAndReadAsync(BusPeer peer, RunningStorefront storefront, string region)
    {
        await peer.ReportAsync(region);
        return await storefront.CacheAsync(Page);
    }
}
