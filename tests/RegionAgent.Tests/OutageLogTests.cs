using LastMile.Events.Fabric;
using LastMile.Events.Testing;
using Xunit;

namespace RegionAgent.Tests;

public sealed class OutageLogTests(SharedServers servers)
{
    [Fact]
    public async Task A_Redis_that_refuses_purges_is_one_line_and_one_when_it_takes_them()
    {
        await using var world = await RegionWorld.OpenAsync(servers, Kind.Independent);
        await world.InRegion.ExecuteAsync("ACL", "SETUSER", RedisUsers.NameOf(RedisUser.Agent), "-unlink");

        await world.PurgeAsync("a");
        // By then the agent has tried some five times.
        await Eventually.Async(world.Agent.StatusAsync, status => status.GetProperty("lagMs").GetDouble() > 2_500);
        await world.InRegion.ExecuteAsync("ACL", "SETUSER", RedisUsers.NameOf(RedisUser.Agent), "+unlink");
        await world.AppliedAsync();

        await Eventually.Async(() => Lines("Purges go on in the region's Redis") == 1);
        Assert.Equal(1, Lines("Purges wait for the region's Redis"));
        Assert.Single(world.Agent.Log.Lines, line => line.Contains("that it may write", StringComparison.Ordinal));

        int Lines(string text) => world.Agent.Log.Lines.Count(line => line.StartsWith(text, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_Redis_that_is_away_is_logged_by_its_health_check_alone_and_without_the_clients_inner_state()
    {
        await using var world = await RegionWorld.OpenAsync(servers, Kind.Independent);
        await world.BreakAsync();

        await world.PurgeAsync("a");
        // At the latest when the agent's start has had its time.
        await Eventually.Async(
            () => world.Agent.Log.Lines.Any(line => line.StartsWith("redis is unhealthy: redis does not answer: ", StringComparison.Ordinal)), TimeSpan.FromSeconds(40));
        await Eventually.Async(world.Agent.StatusAsync, status => status.GetProperty("lagMs").GetDouble() > 2_500);
        await world.MendAsync();
        await world.AppliedAsync();
        await Eventually.Async(() => world.Agent.Log.Lines.Contains("redis is healthy again"));

        Assert.Single(world.Agent.Log.Lines, line => line.Contains("does not answer", StringComparison.Ordinal));
        Assert.DoesNotContain(world.Agent.Log.Lines, line => line.StartsWith("Purges wait", StringComparison.Ordinal));
        Assert.DoesNotContain(world.Agent.Log.Lines, line => line.Contains("mc: ", StringComparison.Ordinal) || line.Contains("clientName", StringComparison.Ordinal));
    }
}
