using System.Net;
using LastMile.Events.Testing;
using Xunit;

namespace RegionAgent.Tests;

public sealed class AgentHttpTests(SharedServers servers)
{
    [Fact]
    public async Task Status_serves_only_local_host_names_and_rejects_query_parameters()
    {
        var redis = await servers.StartRedisAsync();
        await using var agent = await RunningAgent.StartAsync(
            ("Region:Name", "ams"),
            ("Region:Topology", "Independent"),
            ("Redis:ConnectionString", redis.Endpoint),
            ("RabbitMq:Uri", (await servers.CreateVirtualHostAsync()).ToString()));

        Assert.Equal(HttpStatusCode.OK, (await agent.GetAsync("/status", "localhost:5082")).Status);
        var rebound = await agent.GetAsync("/status", "rebound.example:5082");
        var unknown = await agent.GetAsync("/status?verbose=true");

        Assert.Equal(HttpStatusCode.Forbidden, rebound.Status);
        Assert.Contains("The request names the host 'rebound.example', which is not this machine.", rebound.Body, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.BadRequest, unknown.Status);
        Assert.Contains("GET /status takes no query parameters: leave out 'verbose'.", unknown.Body, StringComparison.Ordinal);
    }
}
