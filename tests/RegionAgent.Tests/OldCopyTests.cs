using LastMile.Events.Testing;
using Xunit;

namespace RegionAgent.Tests;

/// <summary>Tests an independent region whose Redis comes back with an old copy of its data while purges arrive.</summary>
public sealed class OldCopyTests(SharedServers servers)
{
    // The agent polls the watermark so rarely that a purge always arrives first.
    private static readonly (string Setting, string Value) Unobservant = ("Region:ObservePeriod", "00:00:10");

    [Fact]
    public async Task An_old_copy_is_detected_even_if_a_purge_arrives_first()
    {
        await using var world = await OpenAsync();

        // Restores the copy atomically, as a restart does. It is from before the purges of b and c.
        await world.Cache.ScriptEvaluateAsync(
            "redis.call('SET', KEYS[1], '1-1') for n = 2, #KEYS do redis.call('SET', KEYS[n], 'cached') end",
            [world.Keys.Watermark, "a", "b", "c"]);
        await world.PurgeAsync("d");

        await Eventually.Async(() => world.HeldAsync("a", "b", "c"), held => held is ["a"]);
        await world.AppliedAsync();
        await Eventually.Async(
            async () => (string?)await world.Cache.StringGetAsync(world.Keys.Watermark), shown => shown == world.Newest.ToString());
    }

    [Fact]
    public async Task A_server_that_restarts_with_an_old_copy_is_purged_again()
    {
        await using var world = await OpenAsync();
        await world.FillAsync("b", "c", "e");
        await world.InRegion.ExecuteAsync("SAVE");
        await world.PurgeAsync("b");
        await world.PurgeAsync("c");
        await world.AppliedAsync();

        await world.BreakAsync();
        await world.MendAsync();
        await world.PurgeAsync("d");

        await Eventually.Async(() => world.HeldAsync("b", "c", "e"), held => held is ["e"]);
        await world.AppliedAsync();
    }

    private async Task<RegionWorld> OpenAsync()
    {
        var world = await RegionWorld.OpenAsync(servers, Kind.Independent, Unobservant);
        foreach (var key in new[] { "a", "b", "c" })
            await world.PurgeAsync(key);
        await world.AppliedAsync();
        await Eventually.Async(
            async () => (string?)await world.Cache.StringGetAsync(world.Keys.Watermark), shown => shown == world.Newest.ToString());
        return world;
    }
}
