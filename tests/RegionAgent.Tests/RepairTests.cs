using LastMile.Events.Messages;
using LastMile.Events.Redis;
using LastMile.Events.Testing;
using Xunit;

namespace RegionAgent.Tests;

/// <summary>What replication does not bring in time the agent does.</summary>
public sealed class RepairTests(SharedServers servers)
{
    // RepairAfter as it is by default, and a second.
    private static readonly TimeSpan RepairedWithin = TimeSpan.FromMilliseconds(1_250);

    [Fact]
    public async Task Behind_a_cut_link_keys_die_and_tags_are_renewed_and_the_watermark_stays_replications()
    {
        await using var world = await RegionWorld.OpenAsync(servers, Kind.Replicated);
        await world.FillAsync(Enumerable.Range(0, 20).Select(n => $"product:{n}"));
        await world.BreakAsync();

        var batch = await world.PurgeAsync(Batches.Of(1, 1, [.. Enumerable.Range(0, 20).Select(n => $"product:{n}")]) with { Tags = ["category:1"] });
        await world.AppliedAsync();

        Assert.Empty(await world.HeldAsync([.. batch.Keys]));
        Assert.StartsWith("1-1-", await world.Cache.StringGetAsync(world.Keys.Tag("category:1")), StringComparison.Ordinal);
        Assert.Equal("1-0", await world.Cache.StringGetAsync(world.Keys.Watermark));
        await Eventually.Async(() => world.Bus.Alerts.Count == 1);
        await world.MendAsync();
        await Eventually.Async(() => world.Bus.Alerts.Count == 2);
        Assert.Equal(20, Assert.IsType<ReplicaLagRecovered>(world.Bus.Alerts.Last()).RepairedKeys);
        Assert.Equal("1-1", await world.Cache.StringGetAsync(world.Keys.Watermark));
    }

    [Fact, MeasuresTime]
    public async Task Behind_a_cut_link_keys_die_within_a_second_of_RepairAfter()
    {
        await using var world = await RegionWorld.OpenAsync(servers, Kind.Replicated);
        await world.FillAsync("a");
        await world.BreakAsync();

        await world.PurgeAsync("a");

        await Eventually.Async(() => world.HeldAsync("a"), held => held.Length == 0, RepairedWithin);
    }

    [Fact]
    public async Task Behind_a_cut_link_a_purge_of_everything_and_one_by_prefix_are_done_too()
    {
        await using var world = await RegionWorld.OpenAsync(servers, Kind.Replicated);
        await world.BreakAsync();

        await world.FillAsync("product:1", "order:1");
        await world.PurgeAsync(Batches.OfPrefix(1, 1, "product:"));
        await world.AppliedAsync();
        Assert.Equal(["order:1"], await world.HeldAsync("product:1", "order:1"));
        await world.PurgeAsync(Batches.Of(1, 1) with { Everything = true });
        await world.AppliedAsync();

        Assert.Empty(await world.HeldAsync("product:1", "order:1"));
        Assert.Equal("1-0", await world.Cache.StringGetAsync(world.Keys.Watermark));
    }

    [Fact]
    public async Task A_generation_that_a_repair_wrote_is_none_that_replication_brings_later()
    {
        await using var world = await RegionWorld.OpenAsync(servers, Kind.Replicated);
        await world.BreakAsync();

        await world.PurgeAsync(Batches.Of(1, 1, "a") with { Tags = ["list"] });
        await world.AppliedAsync();
        var ofPage = (string?)await world.Cache.StringGetAsync(world.Keys.Tag("list"));
        await world.PurgeAsync(Batches.Of(1, 1, "b") with { Tags = ["list"] });
        await world.AppliedAsync();
        var now = (string?)await world.Cache.StringGetAsync(world.Keys.Tag("list"));
        await world.MendAsync();

        // The link brings 1-1 and then 1-2: the page that was filled between the two repairs is valid under neither.
        await Eventually.Async(async () => (string?)await world.Cache.StringGetAsync(world.Keys.Tag("list")), generation => generation == "1-2");
        Assert.Equal(4, new[] { ofPage, now, "1-1", "1-2" }.Distinct().Count());
    }

    [Fact]
    public async Task Turned_off_it_leaves_all_to_replication()
    {
        await using var world = await RegionWorld.OpenAsync(servers, Kind.Replicated, ("Region:RepairAfter", "00:00:00"));
        await world.FillAsync("a");
        await world.BreakAsync();

        await world.PurgeAsync("a");
        await Eventually.Async(() => world.Bus.Alerts.Count == 1);
        await Eventually.Async(world.Agent.StatusAsync, status => status.GetProperty("lagMs").GetDouble() > RepairedWithin.TotalMilliseconds);
        Assert.Equal(["a"], await world.HeldAsync("a"));
        Assert.Equal(new Watermark(1, 0), RegionWorld.Place(await world.Agent.StatusAsync(), "applied"));
        await world.MendAsync();

        await world.AppliedAsync();
        Assert.Empty(await world.HeldAsync("a"));
        await Eventually.Async(() => world.Bus.Alerts.Count == 2);
        Assert.Equal(0, Assert.IsType<ReplicaLagRecovered>(world.Bus.Alerts.Last()).RepairedKeys);
    }
}
