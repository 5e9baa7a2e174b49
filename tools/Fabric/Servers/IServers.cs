namespace LastMile.Events.Fabric;

/// <summary>
/// Starts real servers on free loopback ports, as local processes or as containers. Disposing it stops all servers that it started.
/// </summary>
public interface IServers : IAsyncDisposable
{
    /// <summary>A description of where the servers come from, for people.</summary>
    string Description { get; }

    /// <summary>Starts a PostgreSQL with <c>wal_level = logical</c>; returns when it accepts connections.</summary>
    /// <exception cref="ServerStartException">The server did not become ready.</exception>
    Task<PostgresServer> StartPostgresAsync(CancellationToken cancellationToken = default);

    /// <summary>Starts a RabbitMQ with its management API; returns when both respond.</summary>
    /// <exception cref="ServerStartException">The server did not become ready.</exception>
    Task<RabbitMqServer> StartRabbitMqAsync(CancellationToken cancellationToken = default);

    /// <summary>Starts a Redis; returns when it responds, which for a replica may be before it is in sync.</summary>
    /// <exception cref="ServerStartException">The server did not become ready.</exception>
    Task<RedisServer> StartRedisAsync(RedisSettings settings, CancellationToken cancellationToken = default);
}
