using LastMile.Events.Messages;
using LastMile.Events.Redis;
using LastMile.Events.Testing;
using Xunit;

namespace RegionAgent.Tests;

/// <summary>Tests that the agent applies the purges that replication does not deliver in time.</summary>
public sealed class RepairTests(SharedServers servers)
{
    // The default of RepairAfter, plus one second.
    private static readonly TimeSpan RepairedWithin = TimeSpan.FromMilliseconds(1_250);

    [Theory, Over(nameof(Topologies.WithReplication))]
    public async Task The_agent_behind_a_cut_link_drops_keys_and_renews_tags_but_leaves_the_watermark(Kind kind)
    {
        await using var world = await RegionWorld.OpenAsync(servers, kind);
        await world.FillAsync(Enumerable.Range(0, 20).Select(n => $"product:{n}"));
        await world.BreakAsync();

        string[] keys = [.. Enumerable.Range(0, 20).Select(n => $"product:{n}")];
        var batch = await world.PurgeAsync(Batches.Of(1, 1, keys) with { Tags = ["category:1"] });
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

    [Theory, Over(nameof(Topologies.WithReplication)), MeasuresTime]
    public async Task The_agent_behind_a_cut_link_drops_keys_within_a_second_of_RepairAfter(Kind kind)
    {
        await using var world = await RegionWorld.OpenAsync(servers, kind);
        await world.FillAsync("a");
        await world.BreakAsync();

        await world.PurgeAsync("a");

        await Eventually.Async(() => world.HeldAsync("a"), held => held.Length == 0, RepairedWithin);
    }

    [Theory, Over(nameof(Topologies.WithReplication))]
    public async Task The_agent_behind_a_cut_link_applies_purges_of_everything_and_by_prefix(Kind kind)
    {
        await using var world = await RegionWorld.OpenAsync(servers, kind);
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

    [Theory, Over(nameof(Topologies.WithReplication))]
    public async Task A_generation_written_by_a_repair_differs_from_every_replicated_one(Kind kind)
    {
        await using var world = await RegionWorld.OpenAsync(servers, kind);
        await world.BreakAsync();

        await world.PurgeAsync(Batches.Of(1, 1, "a") with { Tags = ["list"] });
        await world.AppliedAsync();
        var ofPage = (string?)await world.Cache.StringGetAsync(world.Keys.Tag("list"));
        await world.PurgeAsync(Batches.Of(1, 1, "b") with { Tags = ["list"] });
        await world.AppliedAsync();
        var now = (string?)await world.Cache.StringGetAsync(world.Keys.Tag("list"));
        await world.MendAsync();

        // Replication delivers 1-1 and then 1-2. A page filled between the two repairs is valid under neither.
        await Eventually.Async(
            async () => (string?)await world.Cache.StringGetAsync(world.Keys.Tag("list")), generation => generation == "1-2");
        Assert.Equal(4, new[] { ofPage, now, "1-1", "1-2" }.Distinct().Count());
    }

    [Theory, Over(nameof(Topologies.WithReplication))]
    public async Task Only_replication_applies_purges_when_repair_is_turned_off(Kind kind)
    {
        await using var world = await RegionWorld.OpenAsync(servers, kind, ("Region:RepairAfter", "00:00:00"));
        await world.FillAsync("a");
        await world.BreakAsync();

        await world.PurgeAsync("a");
        await Eventually.Async(() => world.Bus.Alerts.Count == 1);
        await Eventually.Async(
            world.Agent.StatusAsync, status => status.GetProperty("lagMs").GetDouble() > RepairedWithin.TotalMilliseconds);
        Assert.Equal(["a"], await world.HeldAsync("a"));
        Assert.Equal(new Watermark(1, 0), RegionWorld.Place(await world.Agent.StatusAsync(), "applied"));
        await world.MendAsync();

        await world.AppliedAsync();
        Assert.Empty(await world.HeldAsync("a"));
        await Eventually.Async(() => world.Bus.Alerts.Count == 2);
        Assert.Equal(0, Assert.IsType<ReplicaLagRecovered>(world.Bus.Alerts.Last()).RepairedKeys);
    }
}
