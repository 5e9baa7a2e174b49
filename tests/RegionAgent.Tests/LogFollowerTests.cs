using System.Diagnostics;
using LastMile.Events.Messages;
using LastMile.Events.Testing;
using Xunit;

namespace RegionAgent.Tests;

/// <summary>Tests that the agent receives purges from the log over HTTP while the bus is silent.</summary>
[RunsFirst]
public sealed class LogFollowerTests(SharedServers servers)
{
    private static readonly (string Setting, string Value)[] SoonSilent =
        [("Region:BusSilentAfter", "2s"), ("Region:CriticalAfter", "3s")];

    [Theory, Over(nameof(Topologies.Writable))]
    public async Task Purges_arrive_and_the_region_stays_sound_while_the_bus_is_away(Kind kind)
    {
        await using var api = await PlayedLogApi.StartAsync();
        await using var world = await api.OpenWorldAsync(servers, kind, SoonSilent);
        await world.FillAsync("a", "b", "c");
        await world.PurgeAsync("a");
        await world.AppliedAsync();
        await SourceIsAsync(world, "Bus");
        await Eventually.Async(world.IsSoundAsync);

        Assert.False(world.Agent.HasLostQueue);
        world.BusLink.Cut();
        await Eventually.Async(() => world.Agent.HasLostQueue);
        await SourceIsAsync(world, "Log");
        await world.PurgeAsync("b");

        await world.AppliedAsync();
        Assert.Equal(["c"], await world.HeldAsync("a", "b", "c"));
        // Longer than BusSilentAfter and CriticalAfter.
        await Task.Delay(TimeSpan.FromSeconds(4), TestContext.Current.CancellationToken);
        Assert.Equal("Converged", await world.Agent.VerdictAsync());
        Assert.True(await world.IsSoundAsync());
        Assert.Contains(
            "The bus is silent, so the agent receives purges from the log", await world.Agent.ReadyAsync(), StringComparison.Ordinal);

        world.BusLink.Mend();
        await SourceIsAsync(world, "Bus");
        await world.PurgeAsync("c");
        await world.AppliedWithoutAlertAsync();
    }

    [Theory, Over(nameof(Topologies.Writable))]
    public async Task A_region_is_silent_only_when_neither_the_bus_nor_the_log_answers(Kind kind)
    {
        await using var api = await PlayedLogApi.StartAsync();
        await using var world = await api.OpenWorldAsync(servers, kind, SoonSilent);
        await world.FillAsync("a");

        api.IsDown = true;
        world.BusLink.Cut();
        await world.VerdictIsAsync("BusSilent");
        await world.PurgeAsync("a");
        await Eventually.Async(
            world.Agent.ReadyAsync, ready => ready.Contains("503 postgres does not answer.", StringComparison.Ordinal));
        Assert.DoesNotContain(world.Agent.Log.Lines, line => line.Contains(PlayedLogApi.Key, StringComparison.Ordinal));
        api.IsDown = false;

        await world.VerdictIsAsync("Converged");
        await world.AppliedAsync();
        Assert.Empty(await world.HeldAsync("a"));
    }

    [Theory, Over(nameof(Topologies.Writable))]
    public async Task An_agent_that_starts_without_the_bus_takes_over_and_applies_what_its_region_lacks(Kind kind)
    {
        await using var api = await PlayedLogApi.StartAsync();
        await using var world = await api.OpenWorldAsync(servers, kind);
        await world.FillAsync("a", "b");
        await world.PurgeAsync("seen");
        await world.AppliedAsync();
        await world.StopAgentAsync(world.Agent);
        world.BusLink.Cut();
        await world.PurgeAsync("a");

        await world.StartUnconnectedAgentAsync(api.Settings);
        await world.AppliedAsync();
        Assert.Equal(["b"], await world.HeldAsync("a", "b"));
        await Eventually.Async(world.IsSoundAsync);
        await world.PurgeAsync("b");
        await world.AppliedAsync();

        Assert.Empty(await world.HeldAsync("a", "b"));
    }

    [Theory, Over(nameof(Topologies.Writable)), MeasuresTime]
    public async Task A_standby_agent_takes_over_without_the_bus_when_the_lease_of_the_active_agent_expires(Kind kind)
    {
        await using var api = await PlayedLogApi.StartAsync();
        await using var world = await api.OpenWorldAsync(servers, kind);
        var first = world.Agent;
        var second = await world.StartAgentAsync(api.Settings);
        await world.FillAsync("a", "b");
        world.BusLink.Cut();
        await Eventually.Async(async () => await SourceOfAsync(first) == "Log" || await SourceOfAsync(second) == "Log");
        await world.PurgeAsync("a");
        await Eventually.Async(() => world.HeldAsync("a"), held => held.Length == 0);
        var (active, standby) = await IsActiveAsync(first) ? (first, second) : (second, first);
        Assert.False(await IsActiveAsync(standby));

        // An agent that is killed leaves its lease behind. One that is stopped releases only its own.
        await world.SetLeaseAsync("killed", TimeSpan.FromSeconds(3));
        var ended = Stopwatch.GetTimestamp();
        await world.StopAgentAsync(active);
        await world.PurgeAsync("b");

        await Eventually.Async(() => IsActiveAsync(standby));
        Assert.InRange(Stopwatch.GetElapsedTime(ended), TimeSpan.FromSeconds(2.5), TimeSpan.FromSeconds(8));
        await Eventually.Async(() => world.HeldAsync("b"), held => held.Length == 0);
    }

    [Theory, Over(nameof(Topologies.Writable))]
    public async Task An_agent_steps_down_when_the_bus_has_chosen_another_one(Kind kind)
    {
        await using var api = await PlayedLogApi.StartAsync();
        await using var world = await api.OpenWorldAsync(servers, kind);
        world.BusLink.Cut();
        await SourceIsAsync(world, "Log");

        await world.SetLeaseAsync("another", TimeSpan.FromSeconds(3));
        await Eventually.Async(() => IsActiveAsync(world.Agent), active => !active);
        await Eventually.Async(() => IsActiveAsync(world.Agent));
        await world.SetLeaseAsync("another", TimeSpan.FromMinutes(1));
        await Eventually.Async(() => IsActiveAsync(world.Agent), active => !active);
        world.BusLink.Mend();

        // The bus chooses this one, so it takes the lease from the other.
        await Eventually.Async(() => IsActiveAsync(world.Agent));
        await Eventually.Async(
            async () => (string?)await world.Cache.StringGetAsync(world.Keys.Leader), holder => holder is not (null or "another"));
    }

    [Theory, Over(nameof(Topologies.Writable))]
    public async Task The_cache_is_dropped_once_when_the_log_no_longer_holds_what_the_region_lacks(Kind kind)
    {
        await using var api = await PlayedLogApi.StartAsync();
        await using var world = await api.OpenWorldAsync(servers, kind);
        await world.PurgeAsync("seen");
        await world.AppliedAsync();
        await world.StopAgentAsync(world.Agent);
        world.BusLink.Cut();
        await world.FillAsync("lost", "other");
        await world.MakeAsync(Batches.Of(1, 1, "lost"));
        await world.PurgeAsync("logged");
        world.Bus.Log.Horizon = (1, 2);
        world.Bus.Log.Remove(1, 2);

        await world.StartUnconnectedAgentAsync(api.Settings);
        await Eventually.Async(() => world.HeldAsync("lost", "other"), held => held.Length == 0);
        await world.AppliedAsync();
        await world.FillAsync("new");
        await world.PurgeAsync("later");
        await world.AppliedAsync();
        Assert.Equal(["new"], await world.HeldAsync("new"));
        world.BusLink.Mend();

        await Eventually.Async(() => world.Bus.Alerts.OfType<RegionPurgesLost>().Any());
        Assert.Single(world.Bus.Alerts.OfType<RegionPurgesLost>());
    }

    [Theory, Over(nameof(Topologies.WithoutReplication))]
    public async Task A_purge_that_is_logged_after_a_later_one_is_applied(Kind kind)
    {
        await using var api = await PlayedLogApi.StartAsync();
        await using var world = await api.OpenWorldAsync(servers, kind);
        await world.FillAsync("late", "later", "after");
        world.BusLink.Cut();
        await SourceIsAsync(world, "Log");

        await world.SkipAsync();
        var late = Batches.Of(world.Newest.Epoch, world.Newest.Sequence, "late");
        await world.SkipAsync();
        var later = Batches.Of(world.Newest.Epoch, world.Newest.Sequence, "later");
        await world.PurgeAsync("after");
        world.Bus.Log.Add(late);
        // The log lacks the other one for so long that the agent assumes that it was never a purge.
        await world.AppliedAsync();
        Assert.Equal(["later"], await world.HeldAsync("late", "later", "after"));
        world.Bus.Log.Add(later);

        await Eventually.Async(() => world.HeldAsync("later"), held => held.Length == 0);
    }

    [Theory, Over(nameof(Topologies.WithoutReplication))]
    public async Task A_log_of_another_database_is_not_followed(Kind kind)
    {
        await using var api = await PlayedLogApi.StartAsync();
        await using var world = await api.OpenWorldAsync(servers, kind, SoonSilent);
        await world.OpenEpochAsync(7);
        await world.PurgeAsync("a");
        await world.AppliedAsync();

        world.BusLink.Cut();
        world.Bus.Log.Remove(7, 1);
        await world.OpenEpochAsync(2);

        await world.VerdictIsAsync("BusSilent");
        Assert.Contains("it belongs to another database", await world.Agent.ReadyAsync(), StringComparison.Ordinal);
    }

    private static async Task<bool> IsActiveAsync(RunningAgent agent) => (await agent.StatusAsync()).GetProperty("active").GetBoolean();

    private static Task<string?> SourceIsAsync(RegionWorld world, string source) =>
        Eventually.Async(() => SourceOfAsync(world.Agent), seen => seen == source);

    private static async Task<string?> SourceOfAsync(RunningAgent agent) =>
        (await agent.StatusAsync()).GetProperty("receivesFrom").GetString();
}
