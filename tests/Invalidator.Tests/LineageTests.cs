using LastMile.Events.Messages;
using LastMile.Events.Testing;
using Xunit;

namespace Invalidator.Tests;

/// <summary>An Invalidator of the lineage <c>orders</c>, on a bus with messages of other lineages.</summary>
public sealed class OrdersInvalidator(SharedServers servers) : PurgingInvalidator(servers, ("Invalidator:Lineage", "orders"));

public sealed class LineageTests(OrdersInvalidator running) : IClassFixture<OrdersInvalidator>
{
    private readonly World world = running.World;

    [Fact]
    public async Task Changes_of_other_lineages_are_ignored()
    {
        await world.CacheAsync("theirs", "theirs:many", "ours", "ours:many", "everyones");

        await running.Bus.PublishAsync(new EntityChanged("Page") { Keys = ["theirs"], Lineage = "main" });
        await running.Bus.PublishAsync(
            new EntitiesChanged([new EntityChanged("Page") { Keys = ["theirs:many"] }]) { Lineage = "main" });
        await running.Bus.PublishAsync(new EntitiesChanged(
        [
            new EntityChanged("Page") { Keys = ["theirs:many"] },
            new EntityChanged("Page") { Keys = ["ours:many"], Lineage = "orders" },
        ])
        {
            Lineage = "main",
        });
        await running.Bus.PublishAsync(new EntityChanged("Page") { Keys = ["everyones"] });
        await running.Bus.PublishAsync(new EntityChanged("Page") { Keys = ["ours"], Lineage = "orders" });

        await world.GoneAsync("ours", "ours:many", "everyones");
        Assert.Equal(["theirs", "theirs:many"], await world.CachedOfAsync("theirs", "theirs:many"));
    }

    [Fact]
    public async Task Reports_of_other_lineages_are_ignored()
    {
        await ReportAsync("theirs", "main");
        await ReportAsync("ours", "orders");

        var regions = await Eventually.Async(
            async () => (await running.Invalidator.GetAsync("/regions")).Body.ToString(),
            shown => shown.Contains("\"ours\"", StringComparison.Ordinal));
        Assert.DoesNotContain("theirs", regions, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Its_messages_and_its_names_in_Redis_carry_the_lineage()
    {
        var stored = await Eventually.Async(
            async () => (string?)await world.Region.StringGetAsync("lm:orders:database"), identity => identity is not null);

        Assert.Equal(stored, (await world.ScalarAsync<Guid>("select database from lastmile.identity")).ToString());
        Assert.Equal("orders", await world.ScalarAsync<string>("select lineage from lastmile.identity"));
        Assert.False(await world.Region.KeyExistsAsync("lm:main:watermark"));
    }

    private Task ReportAsync(string region, string lineage) => running.Bus.PublishAsync(
        new RegionReported(region, "agent", "Replicated", "Converged", null, null, DateTimeOffset.UnixEpoch) { Lineage = lineage });
}
