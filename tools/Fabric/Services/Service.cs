namespace LastMile.Events.Fabric;

/// <summary>A LastMile service or the sample application, as a separate process.</summary>
/// <param name="Name">The name, such as <c>agent-ams</c>.</param>
/// <param name="Address">The address that it listens on.</param>
/// <param name="Process">Controls the process: stops, kills, or freezes it.</param>
public sealed record Service(string Name, Uri Address, IServerProcess Process)
{
    private static readonly TimeSpan StartDeadline = TimeSpan.FromSeconds(60);

    /// <summary>Starts an Invalidator; returns when it reports that it is ready.</summary>
    /// <param name="name">The name in messages and of its log file.</param>
    /// <param name="postgres">The Npgsql connection string.</param>
    /// <param name="redis">The StackExchange.Redis connection string to the primary; empty for none.</param>
    /// <param name="bus">The bus, in the form <c>amqp://user:password@host:port/vhost</c>.</param>
    /// <param name="folder">The folder for its log file.</param>
    /// <param name="settings">Further settings, by colon-separated names, and environment variables.</param>
    /// <param name="address">The address to listen on; null for a free port.</param>
    /// <param name="cancellationToken">Cancels the start.</param>
    /// <exception cref="ServerStartException">The service ended, or was not ready in time.</exception>
    public static Task<Service> StartInvalidatorAsync(
        string name,
        string postgres,
        string redis,
        Uri bus,
        string folder,
        IEnumerable<KeyValuePair<string, string>>? settings = null,
        Uri? address = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(bus);
        return StartAsync(
            name,
            "LastMile.Events.Invalidator",
            [
                new("Postgres:ConnectionString", postgres), new("Redis:ConnectionString", redis), new("RabbitMq:Uri", bus.AbsoluteUri),
                .. settings ?? [],
            ],
            folder,
            address,
            cancellationToken);
    }

    /// <summary>Starts a region's agent; returns when it reports that it is ready.</summary>
    /// <param name="name">The name in messages and of its log file.</param>
    /// <param name="region">The region.</param>
    /// <param name="bus">The bus, in the form <c>amqp://user:password@host:port/vhost</c>.</param>
    /// <param name="folder">The folder for its log file.</param>
    /// <param name="settings">Further settings, by colon-separated names, and environment variables.</param>
    /// <param name="cancellationToken">Cancels the start.</param>
    /// <exception cref="ServerStartException">The service ended, or was not ready in time.</exception>
    public static Task<Service> StartAgentAsync(
        string name,
        Region region,
        Uri bus,
        string folder,
        IEnumerable<KeyValuePair<string, string>>? settings = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(region);
        ArgumentNullException.ThrowIfNull(bus);
        return StartAsync(
            name,
            "LastMile.Events.RegionAgent",
            [
                new("Region:Name", region.Name), new("Region:AgentName", name), new("Region:Topology", region.Kind.ToString()),
                new("Redis:ConnectionString", region.AgentEndpoint), new("RabbitMq:Uri", bus.AbsoluteUri),
                .. region.Primary is { } primary
                    ? [new KeyValuePair<string, string>("Region:PrimaryConnectionString", primary.EndpointAs(RedisUser.Agent))]
                    : Array.Empty<KeyValuePair<string, string>>(),
                .. settings ?? [],
            ],
            folder,
            address: null,
            cancellationToken);
    }

    /// <summary>Starts a service of this build; returns when it reports that it is ready.</summary>
    /// <param name="name">The name in messages and of its log file.</param>
    /// <param name="project">The project that it is built from, such as <c>LastMile.Events.Invalidator</c>.</param>
    /// <param name="settings">Its settings, by colon-separated names.</param>
    /// <param name="folder">The folder for its log file.</param>
    /// <param name="address">The address to listen on; null for a free port.</param>
    /// <param name="cancellationToken">Cancels the start.</param>
    /// <exception cref="ServerStartException">The service ended, or was not ready in time.</exception>
    public static async Task<Service> StartAsync(
        string name,
        string project,
        IEnumerable<KeyValuePair<string, string>> settings,
        string folder,
        Uri? address = null,
        CancellationToken cancellationToken = default)
    {
        address ??= NewAddress();
        var process = new LocalServerProcess(
            Command(name, project, settings, folder, "--urls", address.ToString()),
            "TERM",
            token => ServerProbe.HealthAsync(address, token),
            StartDeadline);
        await process.StartAsync(cancellationToken);
        return new Service(name, address, process);
    }

    /// <summary>Returns an address on a free port, for a service that others must know before it starts.</summary>
    public static Uri NewAddress() => new($"http://127.0.0.1:{FreePort.Next()}");

    /// <summary>Runs a program of this build until it ends.</summary>
    /// <exception cref="ServerStartException">The program ended with an exit code other than 0.</exception>
    public static async Task RunAsync(
        string name,
        string project,
        IEnumerable<KeyValuePair<string, string>> settings,
        string folder,
        string[] arguments,
        CancellationToken cancellationToken = default)
    {
        await using var process = await ChildProcess.StartAsync(Command(name, project, settings, folder, arguments), cancellationToken);
        if (await process.Exited.WaitAsync(cancellationToken) is not 0 and var code)
        {
            throw new ServerStartException(
                name, $"it ended with exit code {code}.", process.LastLogLines(), $"It ran: {project} {string.Join(' ', arguments)}");
        }
    }

    private static ChildCommand Command(
        string name, string project, IEnumerable<KeyValuePair<string, string>> settings, string folder, params string[] arguments)
    {
        var program = ProgramOf(project);
        var environment = new Dictionary<string, string?>(StringComparer.Ordinal)
        {
            // Not inherited, because this process may be a test runner.
            ["ASPNETCORE_ENVIRONMENT"] = null,
            ["DOTNET_ENVIRONMENT"] = null,
            ["DOTNET_TieredPGO"] = "0",
        };
        foreach (var (setting, value) in settings)
            environment[setting.Replace(":", "__", StringComparison.Ordinal)] = value;

        var dotnet = Environment.ProcessPath is { } host && Path.GetFileNameWithoutExtension(host) == "dotnet" ? host : "dotnet";
        return new ChildCommand(name, dotnet, [program, .. arguments], Path.Combine(folder, name + ".log"))
        {
            Environment = environment,
            // The folder of its appsettings.json.
            WorkingDirectory = Path.GetDirectoryName(program),
        };
    }

    // artifacts/bin/<project>/<debug or release>/, next to this program's output.
    private static string ProgramOf(string project)
    {
        var own = new DirectoryInfo(AppContext.BaseDirectory);
        var path = Path.Combine(own.Parent!.Parent!.FullName, project, own.Name, project + ".dll");
        return File.Exists(path)
            ? path
            : throw new FileNotFoundException(
                $"{project} is not built at {path}. Build the solution: dotnet build --configuration {own.Name}", path);
    }
}
