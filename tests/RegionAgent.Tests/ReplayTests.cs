using LastMile.Events.Messages;
using LastMile.Events.Redis;
using LastMile.Events.Testing;
using Xunit;

namespace RegionAgent.Tests;

/// <summary>Tests that the agent reads purges from the log when their messages do not arrive.</summary>
[RunsFirst]
public sealed class ReplayTests(SharedServers servers)
{
    [Theory, Over(nameof(Topologies.All))]
    public async Task The_agent_requests_the_purge_of_a_lost_message_and_applies_it(Kind kind)
    {
        await using var world = await RegionWorld.OpenAsync(servers, kind);
        await world.FillAsync("a", "product:1", "order:1");

        await world.MakeAsync(Batches.Of(1, 1, "a"));
        await world.MakeAsync(Batches.OfPrefix(1, 1, "product:"));
        await world.PurgeAsync("b");

        await world.AppliedWithoutAlertAsync();
        Assert.Equal(["order:1"], await world.HeldAsync("a", "product:1", "order:1"));
        Assert.Equal(new RegionWatermark(1, 0), world.Bus.Log.Requests.First().After);
    }

    [Theory, Over(nameof(Topologies.All))]
    public async Task The_agent_skips_a_sequence_that_the_log_does_not_contain_without_an_alert(Kind kind)
    {
        await using var world = await RegionWorld.OpenAsync(servers, kind);

        await world.SkipAsync();
        await world.PurgeAsync("a");
        await world.SkipAsync();

        await world.AppliedWithoutAlertAsync();
        Assert.NotEmpty(world.Bus.Log.Requests);
        await world.VerdictIsAsync("Converged");
    }

    [Theory]
    [Over(nameof(Topologies.All), "Drop", true)]
    [Over(nameof(Topologies.All), "Alert", false)]
    public async Task Purges_that_the_log_no_longer_holds_raise_an_alert_and_drop_the_cache_if_so_configured(
        Kind kind, string onLost, bool dropped)
    {
        await using var world = await RegionWorld.OpenAsync(servers, kind, ("Region:OnLostPurges", onLost));
        await world.FillAsync("a", "b", "product:1");

        await world.SkipAsync();
        world.Bus.Log.Horizon = (1, 2);
        await world.MakeAsync(Batches.OfPrefix(1, 1, "product:"));
        await world.PurgeAsync("b");

        await world.AppliedAsync();
        await Eventually.Async(() => !world.Bus.Alerts.IsEmpty);
        var lost = Assert.IsType<RegionPurgesLost>(Assert.Single(world.Bus.Alerts));
        Assert.Equal(("ams", new RegionWatermark(1, 0), dropped), (lost.Region, lost.After, lost.Dropped));
        Assert.Equal(dropped ? [] : ["a"], await world.HeldAsync("a", "b", "product:1"));
        await world.ShowsNewestAsync();
    }

    [Theory, Over(nameof(Topologies.All))]
    public async Task The_agent_follows_a_new_epoch_and_applies_the_remaining_purges_of_the_old_one(Kind kind)
    {
        await using var world = await RegionWorld.OpenAsync(servers, kind);
        await world.PurgeAsync("a");
        await world.AppliedAsync();
        await world.FillAsync("product:1", "b");

        await world.MakeAsync(Batches.OfPrefix(1, 1, "product:"));
        await world.OpenEpochAsync(2);
        await world.AppliedAsync();
        await world.PurgeAsync("b");

        await world.AppliedWithoutAlertAsync();
        Assert.Equal(new Watermark(2, 1), world.Newest);
        Assert.Empty(await world.HeldAsync("product:1", "b"));
    }

    [Theory, Over(nameof(Topologies.All))]
    public async Task A_restarted_agent_requests_the_purges_since_its_checkpoint(Kind kind)
    {
        await using var world = await RegionWorld.OpenAsync(servers, kind);
        await world.PurgeAsync("a");
        var saved = world.Newest;
        await world.SavesNewestAsync();
        await world.StopAgentAsync(world.Agent);
        world.Bus.Log.Requests.Clear();
        await world.FillAsync("a", "b", "product:1");

        await world.MakeAsync(Batches.Of(1, 1, "b"));
        await world.MakeAsync(Batches.OfPrefix(1, 1, "product:"));
        await world.StartAgentAsync();

        await world.AppliedAsync();
        Assert.Equal(["a"], await world.HeldAsync("a", "b", "product:1"));
        Assert.Equal(new RegionWatermark(saved.Epoch, saved.Sequence), world.Bus.Log.Requests.First().After);
    }

    [Theory, Over(nameof(Topologies.Writable))]
    public async Task A_region_that_falls_back_to_an_old_copy_is_purged_again(Kind kind)
    {
        await using var world = await RegionWorld.OpenAsync(servers, kind, ("Region:ObservePeriod", "00:00:00.1"));
        foreach (var key in new[] { "a", "b", "c" })
            await world.PurgeAsync(key);
        await world.AppliedAsync();
        await Eventually.Async(world.Agent.StatusAsync, status => RegionWorld.Place(status, "observed") == world.Newest);

        await world.FillAsync("a", "b", "c");
        await world.ShowAsync(new Watermark(1, 1));

        await Eventually.Async(() => world.HeldAsync("a", "b", "c"), held => held is ["a"]);
        await world.AppliedAsync();
    }
}
