namespace LastMile.Events.Fabric;

/// <summary>The settings of every RabbitMQ, whether local or in a container.</summary>
internal static class RabbitMqSettings
{
    public const string User = "lastmile";
    public const int ManagementPort = 15672;

    public static (Uri Amqp, Uri Management) Uris(int port, int managementPort, string password) =>
        (new Uri($"amqp://{User}:{password}@127.0.0.1:{port}/"), new Uri($"http://{User}:{password}@127.0.0.1:{managementPort}/"));
}
