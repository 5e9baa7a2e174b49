using LastMile.Events.Fabric;
using LastMile.Events.Testing;
using LastMile.Events.Tool.Installation;
using StackExchange.Redis;
using Xunit;

namespace Tool.Tests;

/// <summary>Sets up a region whose Redis is a cluster.</summary>
public sealed class RedisClusterSetupTests(SharedServers servers) : IDisposable
{
    private readonly ToolRun tool = new();

    public void Dispose() => tool.Dispose();

    [Fact]
    public async Task Every_node_gets_the_users_and_its_replica_stays_connected()
    {
        await using var cluster = await servers.StartRedisClusterAsync();
        var entry = cluster.Nodes[0].Server.Endpoint;
        await tool.RunAsync("init", "--application", "shop", "--regions", $"ams={entry}", "--independent", "ams");
        var file = InstallationFile.Read(tool.Installation);

        // The nodes have users of these names already, with other passwords.
        var refused = await ApplyAsync(entry);
        var result = await ApplyAsync(entry, "--change-passwords", "--turn-off-default");

        Assert.Equal(2, refused.Code);
        Assert.Contains("exists with another password", refused.Error, StringComparison.Ordinal);
        Assert.True(result.Code == 0, result.ToString());
        foreach (var server in cluster.Nodes.Select(node => node.Server))
        {
            Assert.Contains($"changed    {server.Endpoint}: The user default is off.", result.Output, StringComparison.Ordinal);
            Assert.Equal("PONG", await SendAsync(server, LoginIn(file.Regions["ams"].Redis.ConnectionString), "PING"));
            Assert.Equal("PONG", await SendAsync(server, LoginIn(file.Regions["ams"].ApplicationRedis!), "PING"));
            await Assert.ThrowsAnyAsync<RedisException>(() => SendAsync(server, "", "PING"));
        }

        // Without masteruser, a replica could not connect again.
        var login = $"user=operator,password={file.RedisPasswords!.Operator}";
        await SendAsync(cluster.Nodes[0].Server, login, "CLIENT", "KILL", "TYPE", "replica");
        foreach (var replica in cluster.Nodes.Skip(3))
        {
            await Eventually.Async(
                () => SendAsync(replica.Server, login, "INFO", "replication"),
                info => info.Contains("master_link_status:up", StringComparison.Ordinal));
        }

        Assert.StartsWith("0 changed,", (await ApplyAsync($"{entry},{login}", "--turn-off-default")).Summary, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_cluster_with_a_failed_node_is_rejected()
    {
        await using var cluster = await servers.StartRedisClusterAsync();
        var entry = cluster.Nodes[0].Server.Endpoint;
        await tool.RunAsync("init", "--application", "shop", "--regions", $"ams={entry}", "--independent", "ams");
        await cluster.Nodes[4].Server.Process.KillAsync();

        var result = await Eventually.Async(
            () => ApplyAsync(entry, "--change-passwords"),
            seen => seen.Error.Contains("has failed.", StringComparison.Ordinal));

        Assert.Equal(2, result.Code);
        Assert.Contains(cluster.Nodes[4].Id, result.Error, StringComparison.Ordinal);
    }

    private static string LoginIn(string connectionString) =>
        connectionString[(connectionString.IndexOf(',', StringComparison.Ordinal) + 1)..];

    private static async Task<string> SendAsync(RedisServer server, string login, string command, params object[] arguments)
    {
        await using var connection = await ConnectionMultiplexer.ConnectAsync($"{server.Endpoint},{login},allowAdmin=true,$CLUSTER=");
        return (string?)await connection.GetServers()[0].ExecuteAsync(command, arguments) ?? "";
    }

    private Task<ToolResult> ApplyAsync(string admin, params string[] more) =>
        tool.RunAsync(["setup", "redis", "ams", "--apply", "--admin", admin, .. more]);
}
