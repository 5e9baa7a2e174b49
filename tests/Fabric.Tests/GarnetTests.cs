using System.Globalization;
using LastMile.Events.Fabric;
using LastMile.Events.Testing;
using StackExchange.Redis;
using Xunit;

namespace Fabric.Tests;

public sealed class GarnetTests(SharedServers servers)
{
    [Fact]
    public async Task A_Garnet_runs_a_script_as_one_step_for_the_agent()
    {
        Assert.SkipUnless(InstalledGarnet.IsInstalled, InstalledGarnet.Advice);
        var garnet = await servers.StartGarnetAsync();
        await using var agent = await ConnectionMultiplexer.ConnectAsync(garnet.EndpointAs(RedisUser.Agent));

        // Without transactions, increments of parallel scripts are lost.
        await Parallel.ForEachAsync(
            Enumerable.Range(0, 500), async (_, _) => await agent.GetDatabase().ScriptEvaluateAsync(
                "local n = redis.call('GET', KEYS[1]) or '0' redis.call('SET', KEYS[1], tostring(tonumber(n) + 1))", ["counter"]));

        Assert.Equal(500, (int)await agent.GetDatabase().StringGetAsync("counter"));
    }

    [Fact]
    public async Task A_Garnet_rejects_a_command_that_the_agent_may_not_send()
    {
        Assert.SkipUnless(InstalledGarnet.IsInstalled, InstalledGarnet.Advice);
        var garnet = await servers.StartGarnetAsync();
        await using var agent = await ConnectionMultiplexer.ConnectAsync(garnet.EndpointAs(RedisUser.Agent));

        await Assert.ThrowsAnyAsync<RedisException>(() => agent.GetDatabase().ListLeftPushAsync("list", "value"));
    }

    [Fact]
    public async Task The_nodes_of_a_Garnet_cluster_serve_all_slots()
    {
        Assert.SkipUnless(InstalledGarnet.IsInstalled, InstalledGarnet.Advice);
        var nodes = await servers.StartGarnetClusterAsync();
        await using var redis = await ConnectionMultiplexer.ConnectAsync(string.Join(',', nodes.Select(node => node.Endpoint)));

        for (var i = 0; i < 100; i++)
            Assert.True(await redis.GetDatabase().StringSetAsync(i.ToString(CultureInfo.InvariantCulture), "yes"));
    }
}
