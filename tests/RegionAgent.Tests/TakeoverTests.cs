using System.Text.Json;
using LastMile.Events.Messages;
using LastMile.Events.Testing;
using Xunit;

namespace RegionAgent.Tests;

/// <summary>One agent after the other, and two for one region.</summary>
public abstract class TakeoverTests(SharedServers servers, Kind kind)
{
    private static readonly (string Setting, string Value)[] QueuedAlert = [("Region:DownAfter", "00:00:00.500")];

    [Fact]
    public async Task An_agent_that_starts_inside_an_episode_does_not_tell_it_again_and_ends_it()
    {
        await using var world = await RegionWorld.OpenAsync(servers, kind, QueuedAlert);
        var detected = await BreakAsync(world);
        await world.StopAgentAsync(world.Agent);

        await world.StartAgentAsync(QueuedAlert);
        await Eventually.Async(world.Agent.StatusAsync, status => status.GetProperty("severity").ValueKind == JsonValueKind.String);
        await world.MendAsync();

        await EndsOnceAsync(world, detected);
    }

    [Fact]
    public async Task Of_two_agents_one_stands_by_and_takes_over_when_the_other_is_gone()
    {
        await using var world = await RegionWorld.OpenAsync(servers, kind);
        var first = world.Agent;
        var second = await world.StartAgentAsync();
        await world.FillAsync("a", "b");

        await world.PurgeAsync("a");
        await Eventually.Async(first.StatusAsync, status => RegionWorld.Place(status, "applied") == world.Newest);
        // An agent whose process stood still for seconds stands by until the queue gives it a message again.
        await Eventually.Async(async () => await WorksAsync(first) && !await WorksAsync(second), sought: "the first agent works, and the second stands by");
        Assert.All(world.Bus.Reports, report => Assert.Equal("agent-0", report.Agent));
        await world.StopAgentAsync(first);
        await Eventually.Async(() => WorksAsync(second));
        await world.PurgeAsync("b");

        await world.AppliedWithoutAlertAsync();
        Assert.Empty(await world.HeldAsync("a", "b"));
        Assert.Equal("agent-1", world.Bus.Reports.Last().Agent);
    }

    [Fact]
    public async Task An_episode_goes_on_under_the_agent_that_takes_over()
    {
        await using var world = await RegionWorld.OpenAsync(servers, kind, QueuedAlert);
        var first = world.Agent;
        var second = await world.StartAgentAsync(QueuedAlert);

        var detected = await BreakAsync(world);
        await world.StopAgentAsync(first);
        await Eventually.Async(() => WorksAsync(second));
        await Eventually.Async(second.StatusAsync, status => status.GetProperty("severity").ValueKind == JsonValueKind.String);
        await world.MendAsync();

        await EndsOnceAsync(world, detected);
    }

    private static async Task<bool> WorksAsync(RunningAgent agent) => (await agent.StatusAsync()).GetProperty("working").GetBoolean();

    // The Invalidators keep what is told of an episode.
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
        // Reported on the same way as an alert: a second end would have come before it.
        await Eventually.Async(() => world.Bus.Reports.Any(report => report.Applied?.Sequence == purge.Sequence));

        var recovered = Assert.IsType<ReplicaLagRecovered>(world.Bus.Alerts.Last());
        Assert.Equal(detected.Episode, recovered.Episode);
        Assert.True(recovered.DurationMilliseconds > 0);
        Assert.Equal(2, world.Bus.Alerts.Count);
    }
}

[StartsFirst]
public sealed class ReplicatedTakeoverTests(SharedServers servers) : TakeoverTests(servers, Kind.Replicated);

[StartsFirst]
public sealed class IndependentTakeoverTests(SharedServers servers) : TakeoverTests(servers, Kind.Independent);
