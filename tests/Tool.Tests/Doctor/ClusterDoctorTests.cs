using LastMile.Events.Fabric;
using LastMile.Events.Testing;
using Xunit;

namespace Tool.Tests.Doctor;

/// <summary>A complete system without a Redis primary, whose region has a cluster.</summary>
public sealed class ClusterDoctorSystem : DoctorSystem
{
    protected override FabricOptions Options { get; } = new()
    {
        Primary = false,
        Regions = ["gru"],
        Independent = ["gru"],
        Servers = new Dictionary<string, RegionServer>(StringComparer.Ordinal) { ["gru"] = RegionServer.Cluster },
    };
}

/// <summary>Misconfigures a system whose region has a cluster.</summary>
[RunsFirst]
public sealed class ClusterDoctorTests(ClusterDoctorSystem system, ITestOutputHelper output) : IClassFixture<ClusterDoctorSystem>
{
    private RedisClusterServers Cluster => system.System.Servers.Regions[0].Cluster!;

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    public Task A_right_that_is_missing_on_one_node_is_found(int node)
    {
        var server = Cluster.Nodes[node].Server;
        return system.CheckAsync(
            new Misconfiguration($"redis gru {server.Endpoint}: redis.rights: error", "+dbsize")
            {
                BreakAsync = _ => RedisOperator.ExecuteAsync(server, "ACL SETUSER lastmile-agent -dbsize"),
                MendAsync = (_, _) => RedisOperator.ExecuteAsync(server, "ACL SETUSER lastmile-agent +dbsize"),
            },
            output);
    }

    [Fact]
    public Task A_node_that_evicts_any_key_is_found()
    {
        var server = Cluster.Nodes[2].Server;
        return system.CheckAsync(
            new Misconfiguration($"redis gru {server.Endpoint}: region.eviction: error", "CONFIG SET maxmemory-policy volatile-lru")
            {
                BreakAsync = _ => RedisOperator.ExecuteAsync(server, "CONFIG SET maxmemory-policy allkeys-lru"),
                MendAsync = (_, printed) => RedisOperator.ExecuteAsync(server, printed),
                MayFollow = ["agent gru: service.ready"],
            },
            output);
    }

    [Fact]
    public Task A_replica_that_has_failed_is_found()
    {
        var node = Cluster.Nodes[5];
        return system.CheckAsync(
            new Misconfiguration("redis gru: region.nodes: warning", "CLUSTER FORGET")
            {
                Problem = node.Server.Endpoint,
                BreakAsync = _ => node.Server.Process.KillAsync(),
                MendAsync = (_, _) => Cluster.RestartAsync(node),
                // Until the other nodes agree that it has failed.
                MayFollow = [$"redis gru {node.Server.Endpoint}: redis.reachable", "agent gru: service.ready"],
            },
            output);
    }
}
