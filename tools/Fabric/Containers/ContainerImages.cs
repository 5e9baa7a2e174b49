namespace LastMile.Events.Fabric;

/// <summary>The images of containers; docker-compose.yml uses the same ones.</summary>
internal static class ContainerImages
{
    public const string Postgres = "postgres:17-alpine";
    public const string RabbitMq = "rabbitmq:4.3-management-alpine";
    public const string Redis = "redis:7.2-alpine";

    /// <summary>The image that removes the containers of a killed process. Testcontainers uses the digest of this tag by default.</summary>
    public const string Reaper = "testcontainers/ryuk:0.14.0";
}
