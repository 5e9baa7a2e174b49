using System.Net;
using LastMile.Events.Testing;
using Xunit;

namespace RegionAgent.Tests;

public sealed class AgentHttpTests(SharedServers servers)
{
    [Fact]
    public async Task The_status_is_given_to_requests_that_name_this_machine_and_ask_for_nothing_else()
    {
        var redis = await servers.StartRedisAsync();
        await using var agent = await RunningAgent.StartAsync(
            ("Region:Name", "ams"), ("Region:Topology", "Independent"), ("Redis:ConnectionString", redis.Endpoint), ("RabbitMq:Uri", (await servers.CreateVirtualHostAsync()).ToString()));

        Assert.Equal(HttpStatusCode.OK, (await agent.GetAsync("/status", "localhost:5082")).Status);
        var rebound = await agent.GetAsync("/status", "rebound.example:5082");
        var unknown = await agent.GetAsync("/status?verbose=true");

        Assert.Equal(HttpStatusCode.Forbidden, rebound.Status);
        Assert.Contains("The request names the host 'rebound.example', which is not this machine.", rebound.Body, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.BadRequest, unknown.Status);
        Assert.Contains("GET /status takes no query parameters: leave out 'verbose'.", unknown.Body, StringComparison.Ordinal);
    }
}
