using System.Text;
using LastMile.Events.Fabric;
using Npgsql;
using RabbitMQ.Client;
using StackExchange.Redis;

namespace LastMile.Events.Bench.Running;

/// <summary>Reads the versions of the servers.</summary>
internal static class ServerVersions
{
    /// <returns>The versions by server name.</returns>
    public static async Task<IReadOnlyDictionary<string, string>> OfAsync(RegionalFabric servers, CancellationToken cancellationToken) =>
        new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["PostgreSQL"] = await PostgresAsync(servers.Postgres, cancellationToken),
            ["Redis"] = await RedisAsync(servers.Primary),
            ["RabbitMQ"] = await RabbitMqAsync(servers.RabbitMq, cancellationToken),
        };

    private static async Task<string> PostgresAsync(PostgresServer server, CancellationToken cancellationToken)
    {
        await using var connection = new NpgsqlConnection(server.ConnectionString + ";Pooling=false");
        await connection.OpenAsync(cancellationToken);
        return connection.PostgreSqlVersion.ToString();
    }

    private static async Task<string> RedisAsync(RedisServer server)
    {
        await using var redis = await ConnectionMultiplexer.ConnectAsync(server.Endpoint);
        return redis.GetServers()[0].Version.ToString();
    }

    private static async Task<string> RabbitMqAsync(RabbitMqServer server, CancellationToken cancellationToken)
    {
        await using var connection = await new ConnectionFactory { Uri = server.Uri }.CreateConnectionAsync(cancellationToken);
        return connection.ServerProperties?["version"] is byte[] version ? Encoding.UTF8.GetString(version) : "of unknown version";
    }
}
