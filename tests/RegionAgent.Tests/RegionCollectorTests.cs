using LastMile.Events.Testing;
using Xunit;

namespace RegionAgent.Tests;

/// <summary>Old tag generations in a region; here an entry lives for a second at most.</summary>
public sealed class RegionCollectorTests(SharedServers servers)
{
    private static readonly (string Setting, string Value) Lifetime = ("Region:LongestEntryLifetime", "1s");

    [Fact]
    public async Task An_independent_region_deletes_its_own_as_far_as_it_has_applied_purges()
    {
        await using var world = await RegionWorld.OpenAsync(servers, Kind.Independent, Lifetime);
        await world.Cache.StringSetAsync(world.Keys.Tag("later"), "1-2-0123456789abcdef");
        await world.PurgeAsync(Batches.Of(1, 1) with { Tags = ["list"] });
        await world.AppliedAsync();

        await Eventually.Async(() => GenerationAsync(world, "list"), generation => generation is null);

        Assert.Equal("1-2-0123456789abcdef", await GenerationAsync(world, "later"));
        await world.PurgeAsync(Batches.Of(1, 2) with { Tags = ["list"] });
        Assert.StartsWith("1-2-", await Eventually.Async(() => GenerationAsync(world, "list"), generation => generation is not null), StringComparison.Ordinal);
        await Eventually.Async(() => GenerationAsync(world, "later"), generation => generation is null);
    }

    [Fact]
    public async Task The_agent_of_a_replicated_region_deletes_nothing()
    {
        await using var world = await RegionWorld.OpenAsync(servers, Kind.Replicated, Lifetime);
        await world.Cache.StringSetAsync(world.Keys.Tag("local"), "1-0-0123456789abcdef");
        await world.PurgeAsync(Batches.Of(1, 1) with { Tags = ["list"] });
        await world.AppliedAsync();

        // Three reports take longer than a lifetime and what is added to it.
        var reports = world.Bus.Reports.Count;
        await Eventually.Async(() => world.Bus.Reports.Count >= reports + 3);

        Assert.Equal(("1-0-0123456789abcdef", "1-1"), (await GenerationAsync(world, "local"), await GenerationAsync(world, "list")));
        Assert.False(await world.Cache.KeyExistsAsync(world.Keys.History));
    }

    private static async Task<string?> GenerationAsync(RegionWorld world, string tag) => await world.Cache.StringGetAsync(world.Keys.Tag(tag));
}
