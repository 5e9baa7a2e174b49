using System.Text.Json;
using System.Text.Json.Serialization;

namespace LastMile.Events.Fabric;

/// <summary>Where the servers are that the test projects of one <c>./lastmile test</c> share.</summary>
/// <param name="Postgres">An Npgsql connection string of a superuser.</param>
/// <param name="RabbitMq">The default virtual host.</param>
/// <param name="RabbitMqManagement">The HTTP API, user and password included.</param>
public sealed record ServerAddresses(
    [property: JsonPropertyName("postgres")] string Postgres,
    [property: JsonPropertyName("rabbitmq")] Uri RabbitMq,
    [property: JsonPropertyName("rabbitmqManagement")] Uri RabbitMqManagement)
{
    /// <summary>The environment variable that names the file.</summary>
    public const string Variable = "LASTMILE_TEST_SERVERS";

    /// <summary>The folder of the servers' logs.</summary>
    [JsonIgnore]
    public string? Folder { get; private init; }

    /// <summary>Reads the file that the variable names; null if it names none.</summary>
    public static ServerAddresses? FromEnvironment() =>
        Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } file
            ? JsonSerializer.Deserialize<ServerAddresses>(File.ReadAllText(file))! with { Folder = Path.GetDirectoryName(file) }
            : null;

    /// <summary>The PostgreSQL, which its users may not stop.</summary>
    internal Task<PostgresServer> OpenPostgres() => Task.FromResult(new PostgresServer(Postgres, new SharedServerProcess("postgres")));

    /// <summary>The RabbitMQ, which its users may not stop, with a new virtual host.</summary>
    internal async Task<RabbitMqServer> OpenRabbitMqAsync(CancellationToken cancellationToken)
    {
        var process = new SharedServerProcess("rabbitmq");
        var virtualHost = await RabbitMqVirtualHost.CreateAsync(RabbitMqManagement, RabbitMq, cancellationToken);
        return new RabbitMqServer(virtualHost, RabbitMqManagement, process, _ => throw process.Refusal());
    }

    /// <summary>Writes the file.</summary>
    public Task WriteAsync(string file, CancellationToken cancellationToken = default) =>
        File.WriteAllTextAsync(file, JsonSerializer.Serialize(this), cancellationToken);
}
