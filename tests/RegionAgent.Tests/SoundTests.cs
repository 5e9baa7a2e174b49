using LastMile.Events.Messages;
using LastMile.Events.RegionAgent.Verdicts;
using LastMile.Events.Testing;
using Xunit;

namespace RegionAgent.Tests;

/// <summary>Tests when an agent states that readers may use the region's cache.</summary>
public sealed class SoundTests(SharedServers servers)
{
    [Theory]
    [InlineData(null, true, 0, true)]
    [InlineData("Warning", true, 0, true)]
    [InlineData("Critical", true, 0, false)]
    [InlineData(null, false, 0, null)]
    [InlineData("Critical", false, 0, false)]
    [InlineData(null, true, 6, false)]
    public void A_region_is_sound_unless_purges_are_critically_late_or_missing(string? severity, bool seen, int silentSeconds, bool? sound)
    {
        var state = State(severity, seen, silentSeconds);

        Assert.Equal(sound, state.IsSound(TimeSpan.FromSeconds(5)));
    }

    [Fact]
    public void A_silent_bus_does_not_matter_to_a_replicated_region() =>
        Assert.True(State(null, seen: true, 100).IsSound(silentAfter: null));

    [Theory, Over(nameof(Topologies.All), Always = true)]
    public async Task The_agent_states_it_in_the_regions_Redis_and_withdraws_it_when_the_region_is_critical(Kind kind)
    {
        await using var world = await RegionWorld.OpenAsync(
            servers, kind, ("Region:BusSilentAfter", "2s"), ("Region:CriticalAfter", "3s"));
        await Eventually.Async(world.IsSoundAsync);
        foreach (var marker in await world.SoundMarkersAsync())
            Assert.InRange((await world.Held.KeyTimeToLiveAsync(marker))!.Value.TotalSeconds, 0, 3);

        await world.CutPurgesAsync();
        await Eventually.Async(async () => !await world.IsSoundAsync());

        await world.MendPurgesAsync();
        await Eventually.Async(world.IsSoundAsync);
    }

    [Theory, Over(nameof(Topologies.All))]
    public async Task A_region_that_has_been_down_is_sound_only_without_the_entries_that_were_purged(Kind kind)
    {
        await using var world = await RegionWorld.OpenAsync(servers, kind);
        await world.FillAsync("a", "b");
        await world.PurgeAsync("first");
        await world.AppliedAsync();
        await Eventually.Async(world.IsSoundAsync);

        await world.CrashAsync();
        await world.PurgeAsync("a");
        await world.VerdictIsAsync("Unreachable");
        await world.RestartAsync();
        await Eventually.Async(world.IsSoundAsync);

        Assert.DoesNotContain("a", await world.HeldAsync("a"));
        await world.AppliedAsync();
    }

    private static VerdictState State(string? severity, bool seen, int silentSeconds) =>
        VerdictState.Start(Seen.At(0)) with
        {
            Observation = new Observation { Seen = seen, Received = true, MessageAge = TimeSpan.FromSeconds(silentSeconds) },
            Episode = severity is null ? null
                : new Episode(Seen.FirstEpisode, Enum.Parse<LagSeverity>(severity), Seen.At(0), TimeSpan.Zero, 0, 0),
        };
}
