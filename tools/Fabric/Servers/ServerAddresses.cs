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

    /// <summary>Reads the file that the variable names; null if it names none.</summary>
    public static ServerAddresses? FromEnvironment() =>
        Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } file
            ? JsonSerializer.Deserialize<ServerAddresses>(File.ReadAllText(file))
            : null;

    /// <summary>Writes the file.</summary>
    public Task WriteAsync(string file, CancellationToken cancellationToken = default) =>
        File.WriteAllTextAsync(file, JsonSerializer.Serialize(this), cancellationToken);
}
