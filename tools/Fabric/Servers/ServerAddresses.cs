using System.Text.Json;
using System.Text.Json.Serialization;

namespace LastMile.Events.Fabric;

/// <summary>The addresses of the servers that the test projects of one <c>./lastmile test</c> share.</summary>
/// <param name="Postgres">A superuser's Npgsql connection string.</param>
/// <param name="RabbitMq">The default virtual host.</param>
/// <param name="RabbitMqManagement">The HTTP API, including user and password.</param>
public sealed record ServerAddresses(
    [property: JsonPropertyName("postgres")] string Postgres,
    [property: JsonPropertyName("rabbitmq")] Uri RabbitMq,
    [property: JsonPropertyName("rabbitmqManagement")] Uri RabbitMqManagement)
{
    /// <summary>The environment variable that names the file.</summary>
    public const string Variable = "LASTMILE_TEST_SERVERS";

    /// <summary>The folder with the servers' logs.</summary>
    [JsonIgnore]
    public string? Folder { get; private init; }

    /// <summary>Reads the file that the variable names; null if the variable is not set.</summary>
    public static ServerAddresses? FromEnvironment() =>
        Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } file
            ? JsonSerializer.Deserialize<ServerAddresses>(File.ReadAllText(file))! with { Folder = Path.GetDirectoryName(file) }
            : null;

    /// <summary>Returns the shared PostgreSQL, which tests may not stop.</summary>
    internal Task<PostgresServer> OpenPostgres() => Task.FromResult(new PostgresServer(Postgres, new SharedServerProcess("postgres")));

    /// <summary>Returns the shared RabbitMQ, which tests may not stop, with a new virtual host.</summary>
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
