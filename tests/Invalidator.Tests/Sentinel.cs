using LastMile.Events.Fabric;
using LastMile.Events.Testing;
using StackExchange.Redis;

namespace Invalidator.Tests;

/// <summary>
/// A Sentinel with the configuration of deploy/, except that its quorum is one and a primary counts as down after one second.
/// </summary>
internal sealed class Sentinel : IAsyncDisposable
{
    private readonly RunFolder folder;
    private readonly ChildProcess process;

    private Sentinel(RunFolder folder, ChildProcess process, int port) =>
        (this.folder, this.process, Port) = (folder, process, port);

    public int Port { get; }

    /// <summary>Starts a Sentinel and waits until it knows the primary and its replicas.</summary>
    public static async Task<Sentinel> StartAsync(RedisServer primary, int replicas)
    {
        var run = RunFolder.Create();
        var port = FreePort.Next();
        var template = await File.ReadAllTextAsync(Path.Combine(RunFolder.RepositoryFolder(), "deploy", "redis-sentinel.conf"));
        var file = Path.Combine(run.Path, "sentinel.conf");
        await File.WriteAllTextAsync(file, template
            .Replace("port 26379", $"port {port}\nbind 127.0.0.1", StringComparison.Ordinal)
            .Replace("down-after-milliseconds lastmile 3000", "down-after-milliseconds lastmile 1000", StringComparison.Ordinal)
            .Replace("redis-primary 6379 2", $"127.0.0.1 {primary.Port} 1", StringComparison.Ordinal)
            + $"""

            sentinel auth-user lastmile {RedisUsers.NameOf(RedisUser.Sentinel)}
            sentinel auth-pass lastmile {primary.Users.Password(RedisUser.Sentinel)}
            user {RedisUsers.NameOf(RedisUser.Invalidator)} on >{primary.Users.Password(RedisUser.Invalidator)} allchannels -@all +@connection -@dangerous +info +sentinel +subscribe

            """);
        var child = await ChildProcess.StartAsync(
            new ChildCommand("sentinel", "redis-server", [file, "--sentinel"], Path.Combine(run.Path, "sentinel.log"))
            {
                StopSignal = "KILL",
            });
        var sentinel = new Sentinel(run, child, port);
        await Eventually.Async(() => sentinel.KnownReplicasAsync(), known => known == replicas);
        return sentinel;
    }

    public async ValueTask DisposeAsync()
    {
        await process.DisposeAsync();
        folder.Dispose();
    }

    private async Task<int> KnownReplicasAsync()
    {
        await using var connection = await ConnectionMultiplexer.SentinelConnectAsync($"127.0.0.1:{Port},abortConnect=false");
        var server = connection.GetServers().Single();
        return server.IsConnected ? (await server.SentinelReplicasAsync("lastmile")).Length : 0;
    }
}
