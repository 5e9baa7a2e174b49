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

    public async ValueTask DisposeAsync() =>
        await Task.WhenAll(started.Select(process => process.DisposeAsync().AsTask()));

    private Task StartAsync(IServerProcess process, CancellationToken cancellationToken)
    {
        started.Push(process);
        return process.StartAsync(cancellationToken);
    }

    private string FolderOf(string server) => Directory.CreateDirectory(Path.Combine(folder, server)).FullName;
}
