using System.Globalization;
using LastMile.Events.Fabric;
using LastMile.Events.RegionAgent.Repair;
using LastMile.Events.Testing;
using Xunit;

namespace RegionAgent.Tests;

/// <summary>Tests purges that name no keys: by prefix and of everything.</summary>
[RunsFirst]
public sealed class SweepTests(SharedServers servers)
{
    [Theory, Over(nameof(Topologies.All), Always = true)]
    public async Task A_purge_by_prefix_drops_only_the_keys_with_the_prefix(Kind kind)
    {
        await using var world = await RegionWorld.OpenAsync(servers, kind);
        await world.FillAsync(Enumerable.Range(0, 3_000).Select(n => $"product:{n}"));
        await world.FillAsync("products", "order:1", "productX:1");
        await world.PurgeAsync(Batches.Of(1, 1) with { Tags = ["t"] });

        await world.PurgeAsync(Batches.OfPrefix(1, 1, "product:"));

        await world.AppliedAsync();
        Assert.Equal(
            ["products", "order:1", "productX:1"],
            await world.HeldAsync("product:0", "product:2999", "products", "order:1", "productX:1"));
        Assert.StartsWith("1-1", await world.Cache.StringGetAsync(world.Keys.Tag("t")), StringComparison.Ordinal);
        Assert.False(await world.Cache.KeyExistsAsync(world.Keys.Scan));
    }

    [Theory, Over(nameof(Topologies.WithCommandCounts))]
    public async Task A_restarted_agent_resumes_a_scan_at_the_saved_position(Kind kind)
    {
        const int steps = 150;
        await using var world = await RegionWorld.OpenAsync(servers, kind);
        await world.StopAgentAsync(world.Agent);
        await world.Cache.ScriptEvaluateAsync(
            "for n = 1, ARGV[1] do redis.call('SET', 'product:' .. n, 'cached') end", [world.Keys.Scan], [steps * 1_000]);
        await using var slow = new WanLink(world.Region.Port) { Delay = TimeSpan.FromMilliseconds(8) };
        var first = await world.StartAgentAsync(("Redis:ConnectionString", $"127.0.0.1:{slow.Port}"));

        var purge = await world.PurgeAsync(Batches.OfPrefix(1, 1, "product:"));
        var saved = await Eventually.Async(
            async () => SweepPosition.Read(await world.Cache.StringGetAsync(world.Keys.Scan), purge.BatchId),
            position => position.Seen > 0);
        // Slows down the remaining two thirds of the scan, so that the agent stops before the scan is complete.
        slow.Delay = TimeSpan.FromMilliseconds(200);
        await Eventually.Async(() => world.Bus.Reports.Any(
            report => report.Scan is { Seen: > 0, Dropped: > 0 } scan && scan.BatchId == purge.BatchId));
        await world.StopAgentAsync(first);
        Assert.True(await world.Cache.KeyExistsAsync(world.Keys.Scan), "The scan was complete before the agent stopped.");
        await world.InRegion.ConfigResetStatisticsAsync();
        await world.StartAgentAsync();

        await world.AppliedAsync();
        Assert.Empty(await world.HeldAsync([.. Enumerable.Range(1, steps * 1_000).Select(n => $"product:{n}")]));
        Assert.InRange(await CallsAsync(world, "scan"), 1, steps - (saved.Seen / 1_000) + 20);
    }

    [Theory, Over(nameof(Topologies.All))]
    public async Task A_purge_of_everything_empties_the_region_and_later_purges_are_applied(Kind kind)
    {
        await using var world = await RegionWorld.OpenAsync(servers, kind);
        await world.FillAsync("a", "b");

        await world.PurgeAsync(Batches.Of(1, 1) with { Everything = true });
        await world.AppliedAsync();
        Assert.Empty(await world.HeldAsync("a", "b"));
        await world.FillAsync("a", "b");
        await world.PurgeAsync("b");

        await world.AppliedWithoutAlertAsync();
        Assert.Equal(["a"], await world.HeldAsync("a", "b"));
        await world.SavesNewestAsync();
    }

    private static async Task<long> CallsAsync(RegionWorld world, string command)
    {
        var stats = (await world.InRegion.InfoAsync("commandstats")).Single();
        var line = stats.Single(pair => pair.Key == "cmdstat_" + command).Value;
        return long.Parse(line.Split(',')[0].Split('=')[1], CultureInfo.InvariantCulture);
    }
}
