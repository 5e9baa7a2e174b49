using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using Docker.DotNet.Models;
using DotNet.Testcontainers.Builders;
using Microsoft.Extensions.Logging.Abstractions;
using Testcontainers.PostgreSql;
using Testcontainers.RabbitMq;

namespace LastMile.Events.Fabric;

/// <summary>
/// Servers as containers of a Docker engine on this machine. Testcontainers' reaper removes them if this process is killed.
/// </summary>
internal sealed class ContainerServers : IServers
{
    private const string Loopback = "127.0.0.1";
    private const string ConfigFolder = "/etc/lastmile/";

    private static readonly TimeSpan StartDeadline = TimeSpan.FromMinutes(2);

    private readonly ConcurrentBag<IServerProcess> started = [];
    private readonly RedisUsers redisUsers = new();
    private readonly Lazy<Task> engine = new(() => ContainerEngine.PrepareAsync(CancellationToken.None));

    public string Description => "containers";

    public async Task<PostgresServer> StartPostgresAsync(CancellationToken cancellationToken = default)
    {
        await engine.Value.WaitAsync(cancellationToken);
        var (port, password) = (FreePort.Next(), RandomNumberGenerator.GetHexString(32));
        var container = new PostgreSqlBuilder(ContainerImages.Postgres)
            .WithLogger(NullLogger.Instance)
            .WithUsername(PostgresSettings.User).WithPassword(password)
            .WithPortBinding(port, PostgreSqlBuilder.PostgreSqlPort)
            .WithCommand([.. PostgresSettings.Arguments])
            .WithCreateParameterModifier(OnLoopback)
            .Build();
        var connectionString = PostgresSettings.ConnectionString(port, password);
        return new PostgresServer(connectionString, await StartAsync(new ContainerProcess(
            "postgres", container, token => ServerProbe.PostgresAsync(connectionString, token), StartDeadline), cancellationToken));
    }

    public async Task<RabbitMqServer> StartRabbitMqAsync(CancellationToken cancellationToken = default)
    {
        await engine.Value.WaitAsync(cancellationToken);
        var (port, managementPort, password) = (FreePort.Next(), FreePort.Next(), RandomNumberGenerator.GetHexString(32));
        var container = new RabbitMqBuilder(ContainerImages.RabbitMq)
            .WithLogger(NullLogger.Instance)
            .WithUsername(RabbitMqSettings.User).WithPassword(password)
            .WithPortBinding(port, RabbitMqBuilder.RabbitMqPort)
            .WithPortBinding(managementPort, RabbitMqSettings.ManagementPort)
            .WithCreateParameterModifier(OnLoopback)
            .Build();
        var (amqp, management) = RabbitMqSettings.Uris(port, managementPort, password);
        return new RabbitMqServer(amqp, management, await StartAsync(new ContainerProcess(
            "rabbitmq", container, token => ServerProbe.RabbitMqAsync(amqp, management, token), StartDeadline), cancellationToken),
            arguments => ControlAsync(container, arguments));
    }

    public async Task<RedisServer> StartRedisAsync(RedisSettings settings, CancellationToken cancellationToken = default)
    {
        await engine.Value.WaitAsync(cancellationToken);
        var port = FreePort.Next();
        var container = new ContainerBuilder(ContainerImages.Redis)
            .WithLogger(NullLogger.Instance)
            .WithResourceMapping(Encoding.UTF8.GetBytes(ConfigOf(settings)), ConfigFolder + settings.ConfigFile)
            .WithResourceMapping(Encoding.UTF8.GetBytes(AclOf(settings)), ConfigFolder + settings.AclFile)
            .WithCommand(
            [
                "redis-server", ConfigFolder + settings.ConfigFile, "--port", $"{port}", "--bind", Loopback,
                .. settings.Arguments(Loopback),
            ])
            .WithCreateParameterModifier(OnHostNetwork)
            .Build();
        var process = new ContainerProcess(settings.Name, container, token => ServerProbe.RedisAsync(port, token), StartDeadline);
        return new RedisServer(settings.Name, port, await StartAsync(process, cancellationToken)) { Users = redisUsers };
    }

    public async ValueTask DisposeAsync() =>
        await Task.WhenAll(started.Select(process => process.DisposeAsync().AsTask()));

    private async Task<IServerProcess> StartAsync(ContainerProcess process, CancellationToken cancellationToken)
    {
        started.Add(process);
        await process.StartAsync(cancellationToken);
        return process;
    }

    private static async Task ControlAsync(RabbitMqContainer container, string[] arguments)
    {
        var result = await container.ExecAsync(["rabbitmqctl", .. arguments]);
        if (result.ExitCode != 0)
        {
            throw new InvalidOperationException(
                $"rabbitmqctl {string.Join(' ', arguments)} ended with exit code {result.ExitCode}: {result.Stderr}");
        }
    }

    private string AclOf(RedisSettings settings) => redisUsers.AclFile(settings.AclTemplate);

    private string ConfigOf(RedisSettings settings) =>
        File.ReadAllText(FabricFile.Path(settings.ConfigFile)) + redisUsers.Directives(ConfigFolder + settings.AclFile);

    // A replica reaches its primary over a loopback relay in this process. A tunnel into the container would not survive a cut of the
    // relay.
    private static void OnHostNetwork(CreateContainerParameters parameters)
    {
        parameters.HostConfig!.NetworkMode = "host";
        parameters.HostConfig.PortBindings?.Clear();
        parameters.ExposedPorts?.Clear();
    }

    private static void OnLoopback(CreateContainerParameters parameters)
    {
        foreach (var binding in parameters.HostConfig!.PortBindings!.Values.SelectMany(bindings => bindings))
            binding.HostIP = Loopback;
    }
}
