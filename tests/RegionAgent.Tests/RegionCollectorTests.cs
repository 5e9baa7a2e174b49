using LastMile.Events.Testing;
using Xunit;

namespace RegionAgent.Tests;

/// <summary>Tests which tag generations an agent deletes, with a maximum entry lifetime of one second.</summary>
public sealed class RegionCollectorTests(SharedServers servers)
{
    private static readonly (string Setting, string Value) Lifetime = ("Region:LongestEntryLifetime", "1s");

    [Theory, Over(nameof(Topologies.WithoutReplication))]
    public async Task The_agent_of_an_independent_region_deletes_old_generations_up_to_its_applied_watermark(Kind kind)
    {
        await using var world = await RegionWorld.OpenAsync(servers, kind, Lifetime);
        await world.Cache.StringSetAsync(world.Keys.Tag("later"), "1-2-0123456789abcdef");
        await world.PurgeAsync(Batches.Of(1, 1) with { Tags = ["list"] });
        await world.AppliedAsync();

        await Eventually.Async(() => GenerationAsync(world, "list"), generation => generation is null);

        Assert.Equal("1-2-0123456789abcdef", await GenerationAsync(world, "later"));
        await world.PurgeAsync(Batches.Of(1, 2) with { Tags = ["list"] });
        var renewed = await Eventually.Async(() => GenerationAsync(world, "list"), generation => generation is not null);
        Assert.StartsWith("1-2-", renewed, StringComparison.Ordinal);
        await Eventually.Async(() => GenerationAsync(world, "later"), generation => generation is null);
    }

    [Theory, Over(nameof(Topologies.WithReplication))]
    public async Task The_agent_of_a_replicated_region_deletes_nothing(Kind kind)
    {
        await using var world = await RegionWorld.OpenAsync(servers, kind, Lifetime);
        await world.Cache.StringSetAsync(world.Keys.Tag("local"), "1-0-0123456789abcdef");
        await world.PurgeAsync(Batches.Of(1, 1) with { Tags = ["list"] });
        await world.AppliedAsync();

        // Three reports take longer than the lifetime plus the collector's margin.
        var reports = world.Bus.Reports.Count;
        await Eventually.Async(() => world.Bus.Reports.Count >= reports + 3);

        Assert.Equal(("1-0-0123456789abcdef", "1-1"), (await GenerationAsync(world, "local"), await GenerationAsync(world, "list")));
        Assert.False(await world.Cache.KeyExistsAsync(world.Keys.History));
    }

    private static async Task<string?> GenerationAsync(RegionWorld world, string tag) =>
        await world.Cache.StringGetAsync(world.Keys.Tag(tag));
}
