using System.Text.Json;
using LastMile.Events.Messages;
using LastMile.Events.Redis;
using LastMile.Events.Testing;
using StackExchange.Redis;
using Xunit;

namespace RegionAgent.Tests;

/// <summary>Tests agents that receive the purges of two databases.</summary>
public sealed class LineagesTests(SharedServers servers)
{
    private const string Other = RegionBus.OtherLineage;

    private static readonly (string, string)[] BothLineages = [("Region:Lineages:0:Name", "main"), ("Region:Lineages:1:Name", Other)];

    [Theory, Over(nameof(Topologies.OneLineage))]
    public async Task A_message_of_an_unknown_lineage_is_refused_and_changes_nothing_else(Kind kind)
    {
        await using var world = await RegionWorld.OpenAsync(servers, kind);
        await world.FillAsync("kept");

        await PublishAsync(world, new Watermark(9, 9), "kept");
        await PublishAsync(world, new Watermark(9, 10), "kept");

        const string Degraded = "\"status\":\"Degraded\",\"description\":\"The region receives purges of unknown lineages";
        await Eventually.Async(world.Agent.ReadyAsync, ready => ready.Contains(Degraded, StringComparison.Ordinal));
        await Eventually.Async(() => world.Agent.Log.Lines.Any(IsRefusal));
        await world.PurgeAsync("other");
        await world.AppliedWithoutAlertAsync();
        Assert.Single(world.Agent.Log.Lines, IsRefusal);
        await world.VerdictIsAsync("Converged");
        Assert.Equal(["kept"], await world.HeldAsync("kept"));

        static bool IsRefusal(string line) => line.Contains("refuses the purges of lineage orders", StringComparison.Ordinal);
    }

    [Theory, Over(nameof(Topologies.OneLineageWithoutReplication))]
    public async Task Each_lineage_of_an_independent_region_has_its_own_place_and_verdict(Kind kind)
    {
        await using var world = await RegionWorld.OpenAsync(servers, kind, BothLineages);
        await world.FillAsync("theirs", "ours");

        await PublishAsync(world, new Watermark(7, 1), "theirs");
        await VerdictIsAsync(world, Other, "Converged");
        await world.PurgeAsync("ours");

        await world.AppliedWithoutAlertAsync();
        Assert.Empty(await world.HeldAsync("theirs", "ours"));
        Assert.Equal(new Watermark(7, 1), await world.ShownAsync(Other));
        await world.ShowsNewestAsync();
    }

    [Theory, Over(nameof(Topologies.OneLineageWithoutReplication))]
    public async Task A_purge_of_everything_leaves_the_place_of_the_other_lineage_of_an_independent_region(Kind kind)
    {
        await using var world = await RegionWorld.OpenAsync(servers, kind, BothLineages);
        await PublishAsync(world, new Watermark(7, 1), "theirs");
        await VerdictIsAsync(world, Other, "Converged");

        await world.PurgeAsync(Batches.Of(1, 1) with { Everything = true });
        await world.AppliedAsync();

        Assert.Equal(new Watermark(7, 1), await world.ShownAsync(Other));
        await PublishAsync(world, new Watermark(7, 2), "theirs");
        await Eventually.Async(() => world.ShownAsync(Other), place => place == new Watermark(7, 2));
        Assert.Empty(world.Bus.Alerts);
    }

    [Fact]
    public async Task A_replicated_regions_agent_writes_a_checkpoint_again_that_another_lineages_purge_of_everything_dropped()
    {
        await using var world = await RegionWorld.OpenAsync(servers, Kind.Replicated, BothLineages);
        await world.OpenEpochAsync(Other, 7);
        await PublishHeartbeatAsync(world, new Watermark(7, 0));
        await Eventually.Async(async () => (string?)await world.Cache.StringGetAsync("lm:orders:applied"), place => place == "7-0");

        await world.PurgeAsync(Batches.Of(1, 1) with { Everything = true });
        await world.AppliedAsync();

        await Eventually.Async(async () => (string?)await world.Cache.StringGetAsync("lm:orders:applied"), place => place == "7-0");
        Assert.Equal("7-0", await world.Cache.StringGetAsync("lm:orders:watermark"));
    }

    [Theory, Over(nameof(Topologies.OneLineageWithoutReplication))]
    public async Task A_lineage_without_messages_does_not_affect_the_other_lineage(Kind kind)
    {
        await using var world = await RegionWorld.OpenAsync(servers, kind, BothLineages);

        await world.PurgeAsync("ours");

        await world.AppliedWithoutAlertAsync();
        await Eventually.Async(() => VerdictsAsync(world), verdicts => verdicts is ["Converged", "Unknown"]);
        await Eventually.Async(() => !world.Bus.NeighbourReports.IsEmpty);
        Assert.All(world.Bus.NeighbourReports, report => Assert.Null(report.Applied));
    }

    private static Task PublishHeartbeatAsync(RegionWorld world, Watermark primary) => world.Bus.PublishAsync(
        new InvalidatorHeartbeat("theirs", primary.Epoch, primary.Sequence, TimeProvider.System.GetUtcNow()) { Lineage = Other });

    private static Task PublishAsync(RegionWorld world, Watermark watermark, params string[] keys) => world.Bus.PublishAsync(
        new PurgesApplied([Batches.Of(watermark.Epoch, watermark.Sequence, keys)]) { Lineage = Other });

    private static Task<string?> VerdictIsAsync(RegionWorld world, string lineage, string verdict) => Eventually.Async(
        async () => (await LineagesAsync(world)).Single(entry => entry.GetProperty("lineage").GetString() == lineage)
            .GetProperty("verdict").GetString(),
        seen => seen == verdict);

    private static async Task<string?[]> VerdictsAsync(RegionWorld world) =>
        [.. (await LineagesAsync(world)).Select(entry => entry.GetProperty("verdict").GetString())];

    private static async Task<JsonElement[]> LineagesAsync(RegionWorld world) =>
        [.. (await world.Agent.StatusAsync()).GetProperty("lineages").EnumerateArray()];
}
