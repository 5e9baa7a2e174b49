using Npgsql;

namespace LastMile.Events.Fabric;

/// <summary>
/// A complete running LastMile system: the servers, the sample application's database, the Invalidator, and an agent and a Storefront in
/// each region. It stops when it is disposed or when this process ends.
/// </summary>
public sealed class LastMileSystem : IAsyncDisposable
{
    private static readonly Dictionary<string, string> Nothing = [];

    private readonly FabricOptions options;
    private readonly List<Service> services = [];
    private readonly Dictionary<RabbitMqUser, Uri> busAddresses = [];
    private Dictionary<string, Uri[]> invalidatorAddresses = [];
    private Dictionary<string, Uri[]> logAddresses = [];

    private LastMileSystem(RegionalFabric servers, FabricOptions options) => (Servers, this.options) = (servers, options);

    private IReadOnlyList<string> Lineages => options.Lineages;

    /// <summary>The servers.</summary>
    public RegionalFabric Servers { get; }

    /// <summary>The sample application's database, with its roles.</summary>
    public StorefrontDatabase Database { get; private set; } = null!;

    /// <summary>The databases and Invalidators of the lineages after the first, by lineage.</summary>
    public IReadOnlyDictionary<string, OtherLineage> OtherLineages { get; private set; } =
        new Dictionary<string, OtherLineage>(StringComparer.Ordinal);

    /// <summary>The Invalidators of the first lineage from the start: <c>invalidator</c>, <c>invalidator-2</c>, and so on.</summary>
    public IReadOnlyList<Service> Invalidators { get; private set; } = [];

    /// <summary>The first Invalidator.</summary>
    public Service Invalidator => Invalidators[0];

    /// <summary>
    /// The links over which the agents of independent regions read the purge log, one for each Invalidator from the start. Empty if the
    /// options disable links or give no access to the log, or if no region is independent.
    /// </summary>
    public IReadOnlyList<WanLink> LogLinks { get; private set; } = [];

    /// <summary>The regions' agents, by region.</summary>
    public IReadOnlyDictionary<string, Service> Agents { get; private set; } = new Dictionary<string, Service>(StringComparer.Ordinal);

    /// <summary>The regions' Storefronts, by region.</summary>
    public IReadOnlyDictionary<string, Service> Storefronts { get; private set; } = new Dictionary<string, Service>(StringComparer.Ordinal);

    /// <summary>Returns a user's address of the bus: <c>amqp://user:password@…</c>.</summary>
    /// <param name="user">The Invalidator, the application, or a region's agent.</param>
    public Uri BusAddressOf(RabbitMqUser user) => busAddresses[user];

    /// <summary>All passwords in use, so that tests can check that none leaks.</summary>
    public IReadOnlyCollection<string> Passwords =>
    [
        .. PostgresConnectionStrings.Select(text => new NpgsqlConnectionStringBuilder(text).Password!),
        .. Servers.HasPrimary ? Enum.GetValues<RedisUser>().Select(Servers.Primary.Users.Password) : [],
        .. busAddresses.Values.Append(Servers.RabbitMq.Uri).Select(address => address.UserInfo.Split(':')[1]),
    ];

    private IEnumerable<string> PostgresConnectionStrings =>
    [
        Servers.Postgres.ConnectionString,
        Database.ConnectionString,
        Database.ApplicationConnectionString,
        Database.RelayConnectionString,
    ];

    /// <summary>Starts everything; returns when every service reports that it is ready.</summary>
    /// <param name="options">The servers to start.</param>
    /// <param name="products">The number of products to seed the database with.</param>
    /// <param name="progress">Receives a message when a part is ready.</param>
    /// <param name="invalidators">The number of Invalidators.</param>
    /// <param name="cancellationToken">Cancels the start.</param>
    /// <exception cref="ServerStartException">A part did not start; the rest is stopped.</exception>
    public static async Task<LastMileSystem> StartAsync(
        FabricOptions options,
        int products,
        IProgress<string>? progress = null,
        int invalidators = 1,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        var system = new LastMileSystem(await RegionalFabric.StartAsync(options, progress, cancellationToken), options);
        try
        {
            system.Database = await StorefrontDatabase.CreateAsync(system.Servers, products, "", cancellationToken);
            progress?.Report("The Storefront's database is migrated");
            await system.CreateBusUsersAsync();
            await system.StartServicesAsync(invalidators, progress, cancellationToken);
            await system.StartOtherLineagesAsync(products, cancellationToken);
            return system;
        }
        catch
        {
            await system.DisposeAsync();
            throw;
        }
    }

    /// <summary>Starts an agent for a region, in addition to any that it has; returns when it reports that it is ready.</summary>
    /// <param name="region">The region.</param>
    /// <param name="name">The name in messages and of its log file, such as <c>agent-ams-2</c>.</param>
    /// <param name="environment">Environment variables in addition to its settings.</param>
    /// <param name="cancellationToken">Cancels the start.</param>
    /// <exception cref="ServerStartException">The service did not start.</exception>
    public Task<Service> StartAgentAsync(
        Region region, string name, IReadOnlyDictionary<string, string>? environment = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(region);
        var bus = busAddresses[RabbitMqUser.Agent(region.Name)];
        return KeepAsync(Service.StartAgentAsync(
            name, region, bus, Servers.Folder, [.. LineageSettings(region), .. environment ?? Nothing], cancellationToken));
    }

    /// <summary>Starts an additional Invalidator; returns when it reports that it is ready.</summary>
    /// <param name="name">The name in messages and heartbeats and of its log file, such as <c>invalidator-2</c>.</param>
    /// <param name="environment">Environment variables in addition to its settings.</param>
    /// <param name="cancellationToken">Cancels the start.</param>
    /// <exception cref="ServerStartException">The service did not start.</exception>
    public Task<Service> StartInvalidatorAsync(
        string name, IReadOnlyDictionary<string, string>? environment = null, CancellationToken cancellationToken = default) =>
        StartInvalidatorAsync(name, Database, Lineages[0], address: null, environment, cancellationToken);

    /// <summary>Starts a Storefront in a region, in addition to its first; returns when it reports that it is ready.</summary>
    /// <param name="region">The region.</param>
    /// <param name="name">The name of its log file, such as <c>storefront-ams-2</c>.</param>
    /// <param name="cancellationToken">Cancels the start.</param>
    /// <exception cref="ServerStartException">The service did not start.</exception>
    public Task<Service> StartStorefrontAsync(Region region, string name, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(region);
        return KeepAsync(Service.StartAsync(
            name,
            "Storefront",
            [
                new("ConnectionStrings:Storefront", Database.ApplicationConnectionString),
                new("Redis:ConnectionString", region.ApplicationEndpoint),
                new("Redis:PrimaryConnectionString", region.Primary?.EndpointAs(RedisUser.Application) ?? ""),
                new("RabbitMq:Uri", busAddresses[RabbitMqUser.Application].AbsoluteUri),
            ],
            Servers.Folder,
            address: null,
            cancellationToken));
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await Task.WhenAll(services.Select(service => service.Process.DisposeAsync().AsTask()));
        foreach (var link in LogLinks)
            await link.DisposeAsync();
        await Servers.DisposeAsync();
    }

    private async Task StartServicesAsync(int count, IProgress<string>? progress, CancellationToken cancellationToken)
    {
        string[] names = [.. Enumerable.Range(1, count).Select(number => number == 1 ? "invalidator" : $"invalidator-{number}")];
        GiveLogAccess(count);
        var invalidators = Task.WhenAll(names.Zip(invalidatorAddresses[Lineages[0]])
            .Select(one => ReportAsync(
                StartInvalidatorAsync(one.First, Database, Lineages[0], one.Second, Nothing, cancellationToken)))
            .ToArray());
        var agents = Task.WhenAll(Servers.Regions
            .Select(region => ReportAsync(StartAgentAsync(region, "agent-" + region.Name, cancellationToken: cancellationToken)))
            .ToArray());
        var storefronts = Task.WhenAll(Servers.Regions
            .Select(region => ReportAsync(StartStorefrontAsync(region, "storefront-" + region.Name, cancellationToken)))
            .ToArray());

        // Waits for every start to finish before it throws, so that no started service is left behind.
        await Task.WhenAll(invalidators, agents, storefronts);
        Invalidators = await invalidators;
        Agents = ByRegion(await agents);
        Storefronts = ByRegion(await storefronts);

        async Task<Service> ReportAsync(Task<Service> start)
        {
            var service = await start;
            progress?.Report($"{service.Name} is ready");
            return service;
        }
    }

    private async Task StartOtherLineagesAsync(int products, CancellationToken cancellationToken)
    {
        var started = new Dictionary<string, OtherLineage>(StringComparer.Ordinal);
        foreach (var lineage in Lineages.Skip(1))
        {
            var database = await StorefrontDatabase.CreateAsync(Servers, products, "_" + lineage, cancellationToken);
            var invalidator = await StartInvalidatorAsync(
                $"invalidator-{lineage}", database, lineage, invalidatorAddresses[lineage][0], Nothing, cancellationToken);
            started.Add(lineage, new OtherLineage(database, invalidator));
        }

        OtherLineages = started;
    }

    // Agents need the Invalidators' addresses, and start at the same time. On this machine they need no key.
    private void GiveLogAccess(int invalidators)
    {
        invalidatorAddresses = Lineages.ToDictionary(
            lineage => lineage,
            lineage => Enumerable.Range(1, lineage == Lineages[0] ? invalidators : 1).Select(_ => Service.NewAddress()).ToArray(),
            StringComparer.Ordinal);
        if (!options.LogAccess)
            return;
        logAddresses = invalidatorAddresses;
        if (!Servers.Regions.Any(region => region is { Kind: RegionKind.Independent, Link: not null }))
            return;
        var linked = invalidatorAddresses.ToDictionary(
            lineage => lineage.Key,
            lineage => lineage.Value.Select(address => new WanLink(address.Port)).ToArray(),
            StringComparer.Ordinal);
        LogLinks = [.. linked.Values.SelectMany(links => links)];
        logAddresses = linked.ToDictionary(
            lineage => lineage.Key,
            lineage => lineage.Value.Select(link => new Uri($"http://127.0.0.1:{link.Port}")).ToArray(),
            StringComparer.Ordinal);
    }

    // Runs before the services start, so that a service that starts later already has a user.
    private async Task CreateBusUsersAsync()
    {
        RabbitMqUser[] users =
        [
            RabbitMqUser.Invalidator,
            RabbitMqUser.Application,
            .. Servers.Regions.Select(region => RabbitMqUser.Agent(region.Name)),
        ];
        foreach (var user in users)
        {
            var address = await user.CreateAsync(Servers.RabbitMq.ManagementUri, Servers.RabbitMq.Uri);
            busAddresses[user] = Servers.BusLink is { } link ? new UriBuilder(address) { Port = link.Port }.Uri : address;
        }
    }

    private Task<Service> StartInvalidatorAsync(
        string name,
        StorefrontDatabase database,
        string lineage,
        Uri? address,
        IReadOnlyDictionary<string, string>? environment,
        CancellationToken cancellationToken) =>
        KeepAsync(Service.StartInvalidatorAsync(
            name,
            database.RelayConnectionString,
            Servers.PrimaryEndpoints,
            busAddresses[RabbitMqUser.Invalidator],
            Servers.Folder,
            // The migration has installed the schema.
            [
                new("Invalidator:Name", name),
                new("Invalidator:Lineage", lineage),
                new("Invalidator:InstallSchema", "false"),
                .. environment ?? Nothing,
            ],
            address,
            cancellationToken));

    // Without the bus, nothing else brings purges to an independent region. The Invalidators accept local requests without a key.
    private IEnumerable<KeyValuePair<string, string>> LineageSettings(Region region) => Lineages.SelectMany((lineage, index) =>
    {
        var name = KeyValuePair.Create($"Region:Lineages:{index}:Name", lineage);
        return region.Kind == RegionKind.Independent && logAddresses.Count > 0
            ? [name, new($"Region:Lineages:{index}:LogAddress", string.Join(',', logAddresses[lineage].Select(one => one.AbsoluteUri)))]
            : new[] { name };
    });

    private async Task<Service> KeepAsync(Task<Service> start)
    {
        var service = await start;
        lock (services)
            services.Add(service);
        return service;
    }

    private Dictionary<string, Service> ByRegion(Service[] started) =>
        Servers.Regions.Zip(started).ToDictionary(pair => pair.First.Name, pair => pair.Second, StringComparer.Ordinal);
}

/// <summary>A lineage after the first: another database on the same servers.</summary>
/// <param name="Database">Its database.</param>
/// <param name="Invalidator">Its Invalidator.</param>
public sealed record OtherLineage(StorefrontDatabase Database, Service Invalidator);
