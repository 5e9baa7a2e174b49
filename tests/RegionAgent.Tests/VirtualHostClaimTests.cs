using LastMile.Events.Testing;
using Xunit;

namespace RegionAgent.Tests;

/// <summary>An agent whose region's purges come from another database than the virtual host's.</summary>
public sealed class VirtualHostClaimTests(SharedServers servers)
{
    [Fact]
    public async Task An_agent_that_joined_another_databases_bus_ends_and_stays_off_it_after_a_restart()
    {
        await using var world = await ReplicatedWorld.StartAsync(servers);
        await world.Bus.ClaimAsync("theirs");

        await world.NameDatabaseAsync("ours");

        await Eventually.Async(() => world.Agent.Log.Lines.Any(line => line.Contains("belongs to another database (theirs)", StringComparison.Ordinal)));
        await Eventually.Async(() => world.Agent.HasEnded);
        var again = await world.StartLonelyAgentAsync();
        await Eventually.Async(again.ReadyAsync, ready => ready.Contains("this service works for ours", StringComparison.Ordinal));
    }

    [Fact]
    public async Task An_agent_of_the_same_database_keeps_working()
    {
        await using var world = await ReplicatedWorld.StartAsync(servers);
        await world.NameDatabaseAsync("ours");

        await Eventually.Async(() => world.Bus.HasQueueAsync("lastmile.database"));
        Assert.False(world.Agent.HasEnded);
        var again = await world.StartAgentAsync();
        Assert.Contains("{\"status\":\"Healthy\"", await again.ReadyAsync(), StringComparison.Ordinal);
    }
}
