using LastMile.Events.Fabric;
using LastMile.Events.Testing;
using Xunit;

namespace RegionAgent.Tests;

public sealed class OutageLogTests(SharedServers servers)
{
    [Theory, Over(nameof(Topologies.OneLineageWithoutReplication))]
    public async Task The_agent_logs_once_that_Redis_refuses_purges_and_once_that_it_accepts_them_again(Kind kind)
    {
        await using var world = await RegionWorld.OpenAsync(servers, kind);
        await world.SendAsync("ACL", "SETUSER", RedisUsers.NameOf(RedisUser.Agent), "-unlink");

        await world.PurgeAsync("a");
        // By then the agent has tried about five times.
        await Eventually.Async(world.Agent.StatusAsync, status => status.GetProperty("lagMs").GetDouble() > 2_500);
        await world.SendAsync("ACL", "SETUSER", RedisUsers.NameOf(RedisUser.Agent), "+unlink");
        await world.AppliedAsync();

        await Eventually.Async(() => Lines("accepts purges again") == 1);
        Assert.Equal(1, Lines("Purges are waiting for the region's Redis"));
        Assert.Equal(1, Lines("that the agent may write"));

        int Lines(string text) => world.Agent.Log.Lines.Count(line => line.Contains(text, StringComparison.Ordinal));
    }

    [Theory, Over(nameof(Topologies.WithoutReplication))]
    public async Task Only_the_health_check_logs_that_Redis_is_down_and_it_omits_client_internals(Kind kind)
    {
        await using var world = await RegionWorld.OpenAsync(servers, kind);
        await world.BreakAsync();

        await world.PurgeAsync("a");
        // Until the start deadline, the health log omits a server that has not been healthy yet.
        const string unhealthy = "redis is unhealthy: redis does not answer: ";
        await Eventually.Async(
            () => world.Agent.Log.Lines.Any(line => line.StartsWith(unhealthy, StringComparison.Ordinal)), TimeSpan.FromSeconds(40));
        await Eventually.Async(world.Agent.StatusAsync, status => status.GetProperty("lagMs").GetDouble() > 2_500);
        await world.MendAsync();
        await world.AppliedAsync();
        // An agent on a Garnet is always degraded.
        await Eventually.Async(() => world.Agent.Log.Lines
            .SkipWhile(line => !line.StartsWith(unhealthy, StringComparison.Ordinal))
            .Any(line => line == "redis is healthy again" || line.StartsWith("redis is degraded", StringComparison.Ordinal)));

        Assert.Single(world.Agent.Log.Lines, line => line.Contains("does not answer", StringComparison.Ordinal));
        Assert.DoesNotContain(world.Agent.Log.Lines, line => line.StartsWith("Purges are waiting", StringComparison.Ordinal));
        Assert.DoesNotContain(
            world.Agent.Log.Lines,
            line => line.Contains("mc: ", StringComparison.Ordinal) || line.Contains("clientName", StringComparison.Ordinal));
    }
}
