namespace LastMile.Events.Fabric;

/// <summary>The images that containers are started from; docker-compose.yml has the same ones.</summary>
internal static class ContainerImages
{
    public const string Postgres = "postgres:17-alpine";
    public const string RabbitMq = "rabbitmq:4.3-management-alpine";
    public const string Redis = "redis:7.2-alpine";

    /// <summary>Removes the containers of a process that was killed. The tag of the digest that the library asks for by default.</summary>
    public const string Reaper = "testcontainers/ryuk:0.14.0";
}
