using LastMile.Events.Testing;
using Xunit;

namespace RegionAgent.Tests;

/// <summary>Tests agents whose region and virtual host belong to different databases, or to the same one.</summary>
public sealed class VirtualHostClaimTests(SharedServers servers)
{
    [Fact]
    public async Task An_agent_on_another_databases_bus_stops_and_does_not_connect_after_a_restart()
    {
        await using var world = await ReplicatedWorld.StartAsync(servers);
        await world.Bus.ClaimAsync("theirs");

        await world.NameDatabaseAsync("ours");

        await Eventually.Async(() => world.Agent.Log.Lines.Any(
            line => line.Contains("belongs to another database (theirs)", StringComparison.Ordinal)));
        await Eventually.Async(() => world.Agent.HasEnded);
        var restarted = await world.StartUnconnectedAgentAsync();
        await Eventually.Async(restarted.ReadyAsync, ready => ready.Contains("this service works for ours", StringComparison.Ordinal));
    }

    [Fact]
    public async Task An_agent_of_the_same_database_keeps_working()
    {
        await using var world = await ReplicatedWorld.StartAsync(servers);
        await world.NameDatabaseAsync("ours");

        await Eventually.Async(() => world.Bus.HasQueueAsync("lastmile.lineage.main"));
        Assert.False(world.Agent.HasEnded);
        var restarted = await world.StartAgentAsync();
        Assert.Contains("{\"status\":\"Healthy\"", await restarted.ReadyAsync(), StringComparison.Ordinal);
    }
}
