using LastMile.Events.Messages;
using LastMile.Events.Testing;
using Xunit;

namespace RegionAgent.Tests;

/// <summary>Tests the warnings about a region's Redis that does not replicate as it should.</summary>
public sealed class ReplicatedRegionTests(SharedServers servers)
{
    private static readonly (string Setting, string Value) SoonDown = ("Region:DownAfter", "00:00:00.500");
    private static readonly (string Setting, string Value) Observant = ("Region:ObservePeriod", "00:00:00.1");

    [Theory, Over(nameof(Topologies.WithReplication))]
    public async Task A_read_only_region_is_degraded_until_it_is_writable(Kind kind)
    {
        await using var world = await RegionWorld.OpenAsync(servers, kind, Observant);

        await world.InRegion.ExecuteAsync("CONFIG", "SET", "replica-read-only", "yes");
        await Eventually.Async(
            world.Agent.ReadyAsync, ready => ready.Contains("'replica-read-only no'", StringComparison.Ordinal));
        Assert.Contains("Degraded", await world.Agent.ReadyAsync(), StringComparison.Ordinal);
        await world.InRegion.ExecuteAsync("CONFIG", "SET", "replica-read-only", "no");

        await Eventually.Async(world.Agent.ReadyAsync, ready => !ready.Contains("Degraded", StringComparison.Ordinal));
    }

    // The primary has purged them, before its log refused them.
    [Theory, Over(nameof(Topologies.WithReplication))]
    public async Task Names_whose_purge_the_log_has_refused_are_left_to_replication(Kind kind)
    {
        await using var world = await RegionWorld.OpenAsync(servers, kind);
        await world.FillAsync("a", "b");

        await world.Bus.PublishAsync(new PurgesApplied([]) { Unlogged = new UnloggedNames(["a"], ["tag"]) });
        await world.PurgeAsync("b");

        await world.AppliedWithoutAlertAsync();
        Assert.Equal(["a"], await world.HeldAsync("a", "b"));
        Assert.False(await world.Cache.KeyExistsAsync(world.Keys.Tag("tag")));
    }

    [Theory, Over(nameof(Topologies.WithReplication))]
    public async Task A_region_that_does_not_replicate_causes_a_warning_and_is_disconnected(Kind kind)
    {
        await using var world = await RegionWorld.OpenAsync(servers, kind, SoonDown, Observant);

        await world.InRegion.ExecuteAsync("REPLICAOF", "NO", "ONE");

        await Eventually.Async(
            world.Agent.ReadyAsync, ready => ready.Contains("'replicaof <primary host> <port>'", StringComparison.Ordinal));
        await world.VerdictIsAsync("Disconnected");
    }
}
