using LastMile.Events.Testing;
using Xunit;

namespace RegionAgent.Tests;

/// <summary>Tests that the agent reads purges from the log after the region's queue has lost their messages.</summary>
public sealed class QueueLossTests(SharedServers servers)
{
    private const string Queue = "lastmile.region.ams";
    private const int Bound = 5;

    private static readonly string[] Keys = [.. Enumerable.Range(1, 40).Select(n => $"key:{n}")];

    [Theory, Over(nameof(Topologies.All))]
    public async Task A_queue_that_overflowed_while_the_agent_was_down_loses_no_purge(Kind kind)
    {
        await using var world = await RegionWorld.OpenAsync(servers, kind);
        await world.FillAsync([.. Keys, "kept"]);
        await servers.BoundQueuesAsync(world.Bus.Uri, Queue, Bound);
        await world.StopAgentAsync(world.Agent);
        world.Bus.Log.Requests.Clear();

        foreach (var key in Keys)
            await world.PurgeAsync(key);
        // The broker applies the policy a moment after it accepts it.
        await Eventually.Async(() => world.Bus.CountAsync(Queue), count => count is > 0 and <= Bound);
        await world.StartAgentAsync();

        await GoneAsync(world);
        Assert.NotEmpty(world.Bus.Log.Requests);
    }

    [Theory, Over(nameof(Topologies.All))]
    public async Task A_queue_that_is_deleted_while_the_agent_runs_loses_no_purge(Kind kind)
    {
        await using var world = await RegionWorld.OpenAsync(servers, kind);
        await world.FillAsync([.. Keys, "kept"]);

        await world.Bus.DeleteQueueAsync(Queue);
        foreach (var key in Keys)
            await world.PurgeAsync(key);

        await GoneAsync(world);
    }

    private static async Task GoneAsync(RegionWorld world)
    {
        await Eventually.Async(() => world.HeldAsync([.. Keys, "kept"]), held => held is ["kept"], TimeSpan.FromSeconds(40));
        await world.AppliedWithoutAlertAsync();
    }
}
