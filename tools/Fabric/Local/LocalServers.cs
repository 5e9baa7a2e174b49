using System.Collections.Concurrent;

namespace LastMile.Events.Fabric;

/// <summary>Servers from programs installed on this machine, each in its own folder.</summary>
internal sealed class LocalServers(string folder) : IServers
{
    private readonly ConcurrentStack<IAsyncDisposable> started = [];
    private readonly RedisUsers redisUsers = new();
    private int postgresServers;

    public string Description => "programs installed on this machine";

    public async Task<PostgresServer> StartPostgresAsync(CancellationToken cancellationToken = default)
    {
        var number = Interlocked.Increment(ref postgresServers);
        var server = await LocalPostgres.PrepareAsync(FolderOf($"postgres-{number}"), cancellationToken);
        await StartAsync(server.Process, cancellationToken);
        return server;
    }

    public async Task<RabbitMqServer> StartRabbitMqAsync(CancellationToken cancellationToken = default)
    {
        var (server, epmd) = await LocalRabbitMq.PrepareAsync(FolderOf("rabbitmq"), cancellationToken);
        started.Push(epmd);
        await StartAsync(server.Process, cancellationToken);
        return server;
    }

    public async Task<RedisServer> StartRedisAsync(RedisSettings settings, CancellationToken cancellationToken = default)
    {
        var server = LocalRedis.Prepare(FolderOf(settings.Name), settings, redisUsers);
        await StartAsync(server.Process, cancellationToken);
        return server;
    }

    /// <summary>Returns the local servers, for a server that has no container.</summary>
    /// <exception cref="NotSupportedException">The servers are containers.</exception>
    public static LocalServers Of(IServers servers, string what) => servers as LocalServers
        ?? throw new NotSupportedException($"{what} needs the programs installed on this machine ({ServerChoice.Variable}=local).");

    /// <summary>Starts a Garnet; returns when it responds.</summary>
    /// <exception cref="ServerStartException">Garnet is not installed or did not become ready.</exception>
    public async Task<RedisServer> StartGarnetAsync(string name, bool clustered, CancellationToken cancellationToken)
    {
        var server = LocalGarnet.Prepare(FolderOf(name), name, redisUsers, clustered);
        await StartAsync(server.Process, cancellationToken);
        return server;
    }

    /// <summary>Starts an HAProxy before a server; returns it when it listens, or null if HAProxy is not installed.</summary>
    /// <exception cref="ServerStartException">HAProxy did not become ready.</exception>
    public async Task<LocalHaProxy?> StartHaProxyAsync(string name, int target, CancellationToken cancellationToken)
    {
        var proxy = LocalHaProxy.Prepare(FolderOf(name), name, target);
        if (proxy is not null)
            await StartAsync(proxy.Process, cancellationToken);
        return proxy;
    }

    public async ValueTask DisposeAsync() =>
        await Task.WhenAll(started.Select(process => process.DisposeAsync().AsTask()));

    private Task StartAsync(IServerProcess process, CancellationToken cancellationToken)
    {
        started.Push(process);
        return process.StartAsync(cancellationToken);
    }

    private string FolderOf(string server) => Directory.CreateDirectory(Path.Combine(folder, server)).FullName;
}
