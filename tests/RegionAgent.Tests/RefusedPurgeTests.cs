using LastMile.Events.Messages;
using LastMile.Events.Redis;
using LastMile.Events.Testing;
using Xunit;

namespace RegionAgent.Tests;

/// <summary>A replica at <c>maxmemory</c> refuses purges, and the next purge that fits moves the watermark past them.</summary>
public sealed class RefusedPurgeTests(SharedServers servers)
{
    // Leaves replication so much time that the agent applies only refused purges.
    private static readonly (string Setting, string Value) Patient = ("Region:RepairAfter", "00:10:00");
    private static readonly (string Setting, string Value) Unrepaired = ("Region:RepairAfter", "00:00:00");

    [Theory]
    [Over(nameof(Topologies.WithReplication), true)]
    [Over(nameof(Topologies.WithReplication), false)]
    public async Task The_agent_applies_a_refused_purge_and_raises_an_alert(Kind kind, bool noticedBeforeTheNext)
    {
        await using var world = await RegionWorld.OpenAsync(servers, kind, Patient);
        await world.FillAsync("a");

        var refused = await RefuseAsync(world, Batches.Of(1, 1, "a") with { Tags = ["list"] });
        if (noticedBeforeTheNext)
            await world.VerdictIsAsync("Diverged");
        await PassAsync(world);

        await world.AppliedAsync();
        Assert.Empty(await world.HeldAsync("a"));
        Assert.StartsWith("1-", await world.Cache.StringGetAsync(world.Keys.Tag("list")), StringComparison.Ordinal);
        await Eventually.Async(() => world.Bus.Alerts.Count == 2);
        var detected = Assert.IsType<ReplicaLagDetected>(world.Bus.Alerts.First());
        Assert.Equal((LagSeverity.Warning, LinkState.Up), (detected.Severity, detected.Link));
        Assert.InRange(detected.RefusedCommands, 1, 1_000);
        Assert.InRange(Assert.IsType<ReplicaLagRecovered>(world.Bus.Alerts.Last()).RefusedCommands, detected.RefusedCommands, 1_000);
        await world.VerdictIsAsync("Converged");
        // Receipts rely on these reports, so none may show the watermark past the refused purge before the agent has applied it.
        Assert.DoesNotContain(world.Bus.Reports, report => Reaches(report.Shown, refused) && !Reaches(report.Applied, refused));
    }

    [Theory, Over(nameof(Topologies.WithReplication))]
    public async Task The_agent_applies_a_refused_purge_even_if_repair_is_turned_off(Kind kind)
    {
        await using var world = await RegionWorld.OpenAsync(servers, kind, Unrepaired);
        await world.FillAsync("a");

        await RefuseAsync(world, Batches.Of(1, 1, "a"));
        await PassAsync(world);

        await world.AppliedAsync();
        Assert.Empty(await world.HeldAsync("a"));
    }

    [Theory, Over(nameof(Topologies.WithReplication))]
    public async Task A_restarted_agent_detects_purges_refused_while_it_was_down(Kind kind)
    {
        await using var world = await RegionWorld.OpenAsync(servers, kind, Patient);
        await world.PurgeAsync("first");
        await world.SavesNewestAsync();
        await world.StopAgentAsync(world.Agent);
        await world.FillAsync("a");

        await RefuseAsync(world, Batches.Of(1, 1, "a"));
        await PassAsync(world);
        await world.StartAgentAsync(Patient);

        await world.AppliedAsync();
        Assert.Empty(await world.HeldAsync("a"));
        await Eventually.Async(() => world.Bus.Alerts.FirstOrDefault() is ReplicaLagDetected { RefusedCommands: > 0 });
    }

    [Theory, Over(nameof(Topologies.WithMemoryLimit))]
    public async Task The_agent_keeps_applying_purges_while_the_region_stays_full(Kind kind)
    {
        await using var world = await RegionWorld.OpenAsync(servers, kind, Patient);
        string[] keys = [.. Enumerable.Range(0, 20).Select(n => $"product:{n}")];
        await world.FillAsync(keys);
        await LimitAsync(world, "1mb");

        foreach (var key in keys)
            await world.PurgeAsync(Batches.Of(1, 1, key) with { Tags = ["list"] });

        await world.AppliedAsync();
        Assert.Empty(await world.HeldAsync(keys));
        Assert.StartsWith(world.Newest + "-", await world.Cache.StringGetAsync(world.Keys.Tag("list")), StringComparison.Ordinal);
        if (Topologies.WithReplication.Contains(kind))
            await Eventually.Async(() => world.Bus.Alerts.FirstOrDefault() is ReplicaLagDetected { RefusedCommands: > 0 });
    }

    private static async Task<PurgeApplied> RefuseAsync(RegionWorld world, PurgeApplied purge)
    {
        await LimitAsync(world, "1mb");
        var refused = await world.PurgeAsync(purge);
        await Eventually.Async(async () => (await new SampleScript(world.Cache, world.Keys).SampleAsync()).Errors.Count > 0);
        return refused;
    }

    private static async Task PassAsync(RegionWorld world)
    {
        await LimitAsync(world, "0");
        await world.PurgeAsync("next");
        await world.ShowsNewestAsync();
    }

    // One megabyte is less than an empty server uses.
    private static Task LimitAsync(RegionWorld world, string maxmemory) => world.SendAsync("CONFIG", "SET", "maxmemory", maxmemory);

    private static bool Reaches(RegionWatermark? place, PurgeApplied purge) =>
        place is not null && new Watermark(place.Epoch, place.Sequence) >= purge.Place();
}
