using System.Security.Cryptography;

namespace LastMile.Events.Fabric;

/// <summary>RabbitMQ as a child process, with its own port mapper (epmd), so that no daemon is left behind.</summary>
internal static class LocalRabbitMq
{
    private static readonly TimeSpan StartDeadline = TimeSpan.FromSeconds(120);

    public static async Task<(RabbitMqServer Server, ChildProcess Epmd)> PrepareAsync(string folder, CancellationToken cancellationToken)
    {
        var (port, managementPort, epmdPort) = (FreePort.Next(), FreePort.Next(), FreePort.Next());
        var password = RandomNumberGenerator.GetHexString(32);
        var user = OsUser.InsteadOfRoot("rabbitmq");
        await WriteConfigurationAsync(folder, port, managementPort, password, cancellationToken);
        if (user is not null)
            await user.OwnAsync(folder, cancellationToken);

        var environment = NodeEnvironment(folder, port, epmdPort);
        var epmd = await ChildProcess.StartAsync(
            new ChildCommand("epmd", InstalledServers.Epmd(), [], Path.Combine(folder, "epmd.log"))
            {
                User = user,
                Environment = environment,
                StopSignal = "KILL",
            },
            cancellationToken);
        var command = new ChildCommand("rabbitmq", InstalledServers.RabbitMq(), [], Path.Combine(folder, "rabbitmq.log"))
        {
            User = user,
            Environment = environment,
            StopSignal = "KILL",
        };
        var (amqp, management) = RabbitMqSettings.Uris(port, managementPort, password);
        var process = new LocalServerProcess(
            command, gracefulSignal: "TERM", token => ServerProbe.RabbitMqAsync(amqp, management, token), StartDeadline);
        return (new RabbitMqServer(amqp, management, process, arguments => ControlAsync(command, arguments)), epmd);
    }

    private static async Task ControlAsync(ChildCommand node, string[] arguments)
    {
        var program = Path.Combine(Path.GetDirectoryName(node.FileName)!, "rabbitmqctl");
        await using var control = await ChildProcess.StartAsync(node with
        {
            Name = "rabbitmqctl",
            FileName = program,
            Arguments = arguments,
            LogFile = Path.Combine(Path.GetDirectoryName(node.LogFile)!, "rabbitmqctl.log"),
        });
        if (await control.Exited.WaitAsync(StartDeadline) is not 0 and var code)
        {
            throw new InvalidOperationException(
                $"rabbitmqctl {string.Join(' ', arguments)} ended with exit code {code}: {string.Join(' ', control.LastLogLines())}");
        }
    }

    private static async Task WriteConfigurationAsync(
        string folder, int port, int managementPort, string password, CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(Path.Combine(folder, "home"));
        await File.WriteAllTextAsync(Path.Combine(folder, "enabled_plugins"), "[rabbitmq_management].\n", cancellationToken);
        await File.WriteAllTextAsync(
            Path.Combine(folder, "rabbitmq.conf"),
            $"""
            listeners.tcp.1 = 127.0.0.1:{port}
            management.tcp.ip = 127.0.0.1
            management.tcp.port = {managementPort}
            default_user = {RabbitMqSettings.User}
            default_pass = {password}
            log.console = true
            log.file = false

            """,
            cancellationToken);
    }

    private static Dictionary<string, string?> NodeEnvironment(string folder, int port, int epmdPort) => new(StringComparer.Ordinal)
    {
        ["HOME"] = Path.Combine(folder, "home"), // the folder of its cookie
        ["ERL_EPMD_PORT"] = $"{epmdPort}",
        ["ERL_EPMD_ADDRESS"] = "127.0.0.1",
        ["RABBITMQ_CONF_ENV_FILE"] = "/dev/null", // ignores the machine's configuration
        ["RABBITMQ_NODENAME"] = $"lm-{port}@localhost",
        ["RABBITMQ_NODE_PORT"] = $"{port}",
        ["RABBITMQ_DIST_PORT"] = $"{FreePort.Next()}",
        ["RABBITMQ_MNESIA_BASE"] = Path.Combine(folder, "data"),
        ["RABBITMQ_LOG_BASE"] = Path.Combine(folder, "logs"),
        ["RABBITMQ_CONFIG_FILE"] = Path.Combine(folder, "rabbitmq.conf"),
        ["RABBITMQ_ENABLED_PLUGINS_FILE"] = Path.Combine(folder, "enabled_plugins"),
        // Keeps idle schedulers from spinning, which slows everything on machines with few cores.
        ["RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS"] =
            "-kernel inet_dist_use_interface {127,0,0,1} +sbwt none +sbwtdcpu none +sbwtdio none",
    };
}
