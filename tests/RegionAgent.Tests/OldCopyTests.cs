using LastMile.Events.Redis;
using LastMile.Events.Testing;
using Xunit;

namespace RegionAgent.Tests;

/// <summary>Tests an independent region whose Redis comes back with an old copy of its data while purges arrive.</summary>
public sealed class OldCopyTests(SharedServers servers)
{
    // The agent polls the watermark so rarely that a purge always arrives first.
    private static readonly (string Setting, string Value) Unobservant = ("Region:ObservePeriod", "00:00:10");

    [Theory, Over(nameof(Topologies.WithoutReplication))]
    public async Task An_old_copy_is_detected_even_if_a_purge_arrives_first(Kind kind)
    {
        await using var world = await OpenAsync(kind);

        // Restores a copy from before the purges of b and c.
        await world.FillAsync("a", "b", "c");
        await world.ShowAsync(new Watermark(1, 1));
        await world.PurgeAsync("d");

        await Eventually.Async(() => world.HeldAsync("a", "b", "c"), held => held is ["a"]);
        await world.AppliedAsync();
        await world.ShowsNewestAsync();
    }

    [Theory, Over(nameof(Topologies.WithOldCopies))]
    public async Task A_server_that_restarts_with_an_old_copy_is_purged_again(Kind kind)
    {
        await using var world = await OpenAsync(kind);
        await world.FillAsync("b", "c", "e");
        await world.KeepCopyAsync();
        await world.PurgeAsync("b");
        await world.PurgeAsync("c");
        await world.AppliedAsync();

        await world.BreakAsync();
        await world.MendAsync();
        await world.PurgeAsync("d");

        await Eventually.Async(() => world.HeldAsync("b", "c", "e"), held => held is ["e"]);
        await world.AppliedAsync();
    }

    private async Task<RegionWorld> OpenAsync(Kind kind)
    {
        var world = await RegionWorld.OpenAsync(servers, kind, Unobservant);
        foreach (var key in new[] { "a", "b", "c" })
            await world.PurgeAsync(key);
        await world.AppliedAsync();
        await world.ShowsNewestAsync();
        return world;
    }
}
