using LastMile.Events.Testing;
using Xunit;

namespace RegionAgent.Tests;

/// <summary>A region whose policy evicts keys without a TTL loses tag generations.</summary>
public sealed class EvictionTests(SharedServers servers)
{
    [Theory, Over(nameof(Topologies.WithMemoryLimit))]
    public async Task The_agent_is_degraded_and_replaces_an_evicted_generation(Kind kind)
    {
        await using var world = await RegionWorld.OpenAsync(servers, kind, ("Region:ObservePeriod", "00:00:00.1"));
        await world.PurgeAsync(Batches.Of(1, 1, "a") with { Tags = ["list"] });
        await world.AppliedAsync();
        var before = await Eventually.Async(() => GenerationAsync(world), generation => generation is not null);

        await SetAsync(world, "maxmemory-policy", "allkeys-lru");
        await SetAsync(world, "maxmemory", "1mb");
        await Eventually.Async(() => GenerationAsync(world), generation => generation is null);
        await SetAsync(world, "maxmemory", "512mb");

        Assert.NotEqual(before, await Eventually.Async(() => GenerationAsync(world), generation => generation is not null));
        await Eventually.Async(
            world.Agent.ReadyAsync, ready => ready.Contains("'maxmemory-policy volatile-lru'", StringComparison.Ordinal));
        Assert.Contains("Degraded", await world.Agent.ReadyAsync(), StringComparison.Ordinal);
        await SetAsync(world, "maxmemory-policy", "volatile-lru");
        await Eventually.Async(world.Agent.ReadyAsync, ready => !ready.Contains("Degraded", StringComparison.Ordinal));
    }

    [Theory, Over(nameof(Topologies.WithMemoryLimit))]
    public async Task An_agent_without_a_checkpoint_drops_the_cache_of_an_evicting_region(Kind kind)
    {
        await using var world = await RegionWorld.OpenAsync(servers, kind);
        await world.PurgeAsync("first");
        await world.AppliedAsync();
        await world.StopAgentAsync(world.Agent);
        await SetAsync(world, "maxmemory-policy", "allkeys-lru");
        await SetAsync(world, "maxmemory", "512mb");
        await world.FillAsync("product:1");

        // The message is lost, and the checkpoint is deleted as if it had been evicted.
        await world.MakeAsync(Batches.OfPrefix(1, 1, "product:"));
        await world.DropCheckpointAsync();
        await world.StartAgentAsync();

        await Eventually.Async(() => world.HeldAsync("product:1"), held => held.Length == 0);
    }

    private static async Task<string?> GenerationAsync(RegionWorld world) => await world.Cache.StringGetAsync(world.Keys.Tag("list"));

    private static Task SetAsync(RegionWorld world, string setting, string value) => world.SendAsync("CONFIG", "SET", setting, value);
}
