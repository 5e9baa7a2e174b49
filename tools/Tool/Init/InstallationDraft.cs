using System.Security.Cryptography;
using System.Text;
using LastMile.Events.Tool.Installation;

namespace LastMile.Events.Tool.Init;

/// <summary>The options of <c>lastmile init</c>. An address that is null becomes a placeholder.</summary>
/// <param name="Application">The application's name.</param>
/// <param name="Regions">The regions in order, each with the address of its Redis.</param>
/// <param name="Independent">The regions whose agents purge their Redis themselves.</param>
/// <param name="ReadOnly">The regions whose Redis refuses writes.</param>
/// <param name="Postgres"><c>HOST[:PORT]/DATABASE</c>.</param>
/// <param name="Primary">The Redis primary, as <c>HOST:PORT</c>; none if it is null and every region is independent.</param>
/// <param name="RabbitMq"><c>HOST[:PORT][/VHOST]</c>.</param>
/// <param name="Owner">The existing role that owns the application's tables; null to create one.</param>
/// <param name="Invalidator">The address of the Invalidator's HTTP API.</param>
internal sealed record InstallationDraft(
    string Application,
    IReadOnlyList<KeyValuePair<string, string?>> Regions,
    IReadOnlySet<string> Independent,
    IReadOnlySet<string> ReadOnly,
    string? Postgres,
    string? Primary,
    string? RabbitMq,
    string? Owner,
    string? Invalidator)
{
    private const int PasswordLength = 32;

    /// <summary>Returns the installation file, with new passwords.</summary>
    public string Compose() =>
        $$"""
        // The installation of LastMile Events for {{Application}}. 'lastmile setup' creates the users that this file names, and 'lastmile
        // doctor' checks them. Each connection string is the login of one part. To change a password, change it here and run
        // 'lastmile setup' again. In a value, ${NAME} stands for an environment variable. This file contains passwords, so protect it.
        // For TLS, see "SSL Mode=VerifyFull" (PostgreSQL), "ssl=true" (Redis) and amqps:// (RabbitMQ) in docs/operations.
        {
          "Postgres": {
            // The Invalidator's login to the application's database.
            "ConnectionString": "{{Database}};Username=lastmile_invalidator;Password={{NewPassword()}}",
            // The role that owns the application's tables and runs its migrations. 'lastmile setup postgres' creates it if it is missing.
            "OwnerConnectionString": "{{Database}};{{OwnerLogin}}"
          },
          {{PrimaryLogin}}
          // Redis users of no service: operator changes passwords and configuration, and each replica logs in to the primary as replica.
          "RedisPasswords": { "Operator": "{{NewPassword()}}", "Replica": "{{NewPassword()}}" },
          // The Invalidator's login to RabbitMQ. Each database needs a virtual host of its own.
          "RabbitMq": { "Uri": "{{Broker("lastmile-invalidator")}}" },
          // The applications that publish changes or subscribe to alerts. Their queues begin with their name and a dot.
          "ApplicationRabbitMq": { "{{Application}}": "{{Broker(Application)}}" },
          // The Invalidator's HTTP API, and a key for it. Without this section, 'lastmile doctor' does not check the Invalidator.
          "Invalidator": { "Address": "{{Invalidator ?? $"http://{Placeholder.For("INVALIDATOR")}:8080"}}", "ApiKey": "{{NewPassword()}}" },
          "Regions": {
        {{string.Join(",\n", Regions.Select(Region))}}
          }
        }

        """;

    private string Database
    {
        get
        {
            var parts = Postgres?.Split('/', 2) ?? [Placeholder.For("POSTGRES"), Application];
            var (server, database) = (parts[0], parts[1]);
            // An IPv6 address in brackets contains colons too.
            var port = server.LastIndexOf(':') is var colon && colon > server.LastIndexOf(']') ? colon : -1;
            var host = port < 0 ? $"Host={server}" : $"Host={server[..port]};Port={server[(port + 1)..]}";
            return $"{host};Database={database}";
        }
    }

    private string OwnerLogin => Owner is null
        ? $"Username={Application.Replace('-', '_')}_owner;Password={NewPassword()}"
        : $"Username={Owner};Password={Placeholder.For("OWNER-PASSWORD")}";

    /// <summary>Whether the installation has a Redis primary.</summary>
    public bool HasPrimary => Primary is not null || Regions.Any(region => !Independent.Contains(region.Key));

    private string PrimaryLogin => HasPrimary
        ? "// The Invalidator's login to the Redis primary. Regions replicate from this address, unless they set ReplicaOf.\n"
            + $"  \"Redis\": {{ \"ConnectionString\": \"{PrimaryAddress},user=lastmile-invalidator,password={NewPassword()}\" }},"
        : "// Without a section \"Redis\" there is no Redis primary: every region is independent, and the database numbers the purges.";

    private string PrimaryAddress => Primary ?? Placeholder.For("REDIS-PRIMARY") + ":6379";

    private string Broker(string user) => $"amqp://{user}:{NewPassword()}@{RabbitMq ?? Placeholder.For("RABBITMQ") + ":5672/"}";

    private string Region(KeyValuePair<string, string?> region)
    {
        var redis = region.Value ?? Placeholder.For($"REDIS-{region.Key}") + ":6379";
        var text = new StringBuilder($"    \"{region.Key}\": {{\n");
        if (Independent.Contains(region.Key))
            text.Append("      \"Topology\": \"Independent\",\n").Append(PurgeLog);
        if (ReadOnly.Contains(region.Key))
            text.Append("      \"Topology\": \"ReadOnly\",\n").Append(LoginsAtPrimary(region.Key));
        return text.Append(
            $$"""
                  // The logins of the region's agent.
                  "Redis": { "ConnectionString": "{{redis}},user=lastmile-agent,password={{NewPassword()}}" },
                  "RabbitMq": { "Uri": "{{Broker("lastmile-agent-" + region.Key)}}" },
                  // The login of the region's applications to their cache.
                  "ApplicationRedis": "{{redis}},user=application,password={{NewPassword()}}"
                }
            """).ToString();
    }

    private string PurgeLog => Invalidator is null
        ? "      // Add \"Log\" with the Invalidators' \"Address\" and a new \"ApiKey\", so that purges don't wait for RabbitMQ.\n"
        : $$"""
                  // The agent reads the purge log here while RabbitMQ is away. Add other Invalidators after a comma.
                  "Log": { "Address": "{{Invalidator}}", "ApiKey": "{{NewPassword()}}" },

            """;

    // Each region has users of its own there.
    private string LoginsAtPrimary(string region) =>
        $$"""
              // The logins of the region's agent and applications to the primary: entries are filled there.
              "PrimaryRedis": { "ConnectionString": "{{PrimaryAddress}},user=lastmile-agent-{{region}},password={{NewPassword()}}" },
              "ApplicationPrimaryRedis": "{{PrimaryAddress}},user=application-{{region}},password={{NewPassword()}}",

        """;

    // Hexadecimal digits need no quotes in a connection string, a URI, a configuration file or a shell.
    private static string NewPassword() => RandomNumberGenerator.GetHexString(PasswordLength, lowercase: true);
}
