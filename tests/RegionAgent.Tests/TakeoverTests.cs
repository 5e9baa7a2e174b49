using System.Text.Json;
using LastMile.Events.Messages;
using LastMile.Events.Testing;
using Xunit;

namespace RegionAgent.Tests;

/// <summary>Tests successive agents, and two agents for one region.</summary>
[RunsFirst]
public sealed class TakeoverTests(SharedServers servers)
{
    private static readonly (string Setting, string Value)[] SoonDown = [("Region:DownAfter", "00:00:00.500")];

    [Theory, Over(nameof(Topologies.All))]
    public async Task An_agent_that_starts_inside_an_episode_raises_no_second_alert_for_it_and_ends_it(Kind kind)
    {
        await using var world = await RegionWorld.OpenAsync(servers, kind, SoonDown);
        var detected = await BreakAsync(world);
        await world.StopAgentAsync(world.Agent);

        await world.StartAgentAsync(SoonDown);
        await Eventually.Async(world.Agent.StatusAsync, status => status.GetProperty("severity").ValueKind == JsonValueKind.String);
        await world.MendAsync();

        await EndsOnceAsync(world, detected);
    }

    [Theory, Over(nameof(Topologies.All))]
    public async Task A_standby_agent_takes_over_when_the_active_agent_stops(Kind kind)
    {
        await using var world = await RegionWorld.OpenAsync(servers, kind);
        var first = world.Agent;
        var second = await world.StartAgentAsync();
        await world.FillAsync("a", "b");

        await world.PurgeAsync("a");
        await Eventually.Async(first.StatusAsync, status => RegionWorld.Place(status, "applied") == world.Newest);
        // An agent whose process was suspended for seconds is on standby until it receives a message from the queue.
        await Eventually.Async(
            async () => await IsActiveAsync(first) && !await IsActiveAsync(second),
            sought: "the first agent is active, and the second is on standby");
        Assert.All(world.Bus.Reports, report => Assert.Equal("agent-0", report.Agent));
        await world.StopAgentAsync(first);
        await Eventually.Async(() => IsActiveAsync(second));
        await world.PurgeAsync("b");

        await world.AppliedWithoutAlertAsync();
        Assert.Empty(await world.HeldAsync("a", "b"));
        Assert.Equal("agent-1", world.Bus.Reports.Last().Agent);
    }

    [Theory, Over(nameof(Topologies.All))]
    public async Task An_episode_continues_after_a_takeover(Kind kind)
    {
        await using var world = await RegionWorld.OpenAsync(servers, kind, SoonDown);
        var first = world.Agent;
        var second = await world.StartAgentAsync(SoonDown);

        var detected = await BreakAsync(world);
        await world.StopAgentAsync(first);
        await Eventually.Async(() => IsActiveAsync(second));
        await Eventually.Async(second.StatusAsync, status => status.GetProperty("severity").ValueKind == JsonValueKind.String);
        await world.MendAsync();

        await EndsOnceAsync(world, detected);
    }

    [Fact]
    public async Task An_agent_ends_an_episode_of_which_the_Invalidators_learn_only_after_the_takeover()
    {
        await using var world = await RegionWorld.OpenAsync(servers, Kind.Independent);
        await world.PurgeAsync("first");
        await world.VerdictIsAsync("Converged");
        var late = new ReplicaLagDetected(Guid.NewGuid(), "ams", LagSeverity.Warning, 1, 600, null, LinkState.Up, default, default);

        world.Bus.OpenEpisode = late;

        await Eventually.Async(() => !world.Bus.Alerts.IsEmpty);
        Assert.Equal(late.Episode, Assert.IsType<ReplicaLagRecovered>(world.Bus.Alerts.Single()).Episode);
    }

    private static async Task<bool> IsActiveAsync(RunningAgent agent) => (await agent.StatusAsync()).GetProperty("active").GetBoolean();

    // The simulated Invalidator remembers the episode from its alert.
    private static async Task<ReplicaLagDetected> BreakAsync(RegionWorld world)
    {
        await world.BreakAsync();
        await Eventually.Async(() => !world.Bus.Alerts.IsEmpty);
        return world.Bus.OpenEpisode = Assert.IsType<ReplicaLagDetected>(world.Bus.Alerts.Single());
    }

    private static async Task EndsOnceAsync(RegionWorld world, ReplicaLagDetected detected)
    {
        await Eventually.Async(() => world.Bus.Alerts.Count == 2);
        world.Bus.OpenEpisode = null;
        await world.VerdictIsAsync("Converged");
        var purge = await world.PurgeAsync("after");
        // The report takes the same path as alerts, so a second recovery would arrive before it.
        await Eventually.Async(() => world.Bus.Reports.Any(report => report.Applied?.Sequence == purge.Sequence));

        var recovered = Assert.IsType<ReplicaLagRecovered>(world.Bus.Alerts.Last());
        Assert.Equal(detected.Episode, recovered.Episode);
        Assert.True(recovered.DurationMilliseconds > 0);
        Assert.Equal(2, world.Bus.Alerts.Count);
    }
}
