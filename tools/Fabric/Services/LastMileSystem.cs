namespace LastMile.Events.Fabric;

/// <summary>
/// The whole of LastMile Events, running: the servers, the sample application's database, the Invalidator, and an agent and a
/// Storefront in each region. Ends with its disposal, or with this process.
/// </summary>
public sealed class LastMileSystem : IAsyncDisposable
{
    private readonly List<Service> services = [];

    private LastMileSystem(RegionalFabric servers) => Servers = servers;

    /// <summary>The servers.</summary>
    public RegionalFabric Servers { get; }

    /// <summary>The sample application's database, with the roles that use it.</summary>
    public StorefrontDatabase Database { get; private set; } = null!;

    /// <summary>The Invalidator.</summary>
    public Service Invalidator { get; private set; } = null!;

    /// <summary>The regions' agents, by region.</summary>
    public IReadOnlyDictionary<string, Service> Agents { get; private set; } = new Dictionary<string, Service>(StringComparer.Ordinal);

    /// <summary>The regions' Storefronts, by region.</summary>
    public IReadOnlyDictionary<string, Service> Storefronts { get; private set; } = new Dictionary<string, Service>(StringComparer.Ordinal);

    /// <summary>Starts everything; returns when every service says that it is ready.</summary>
    /// <param name="options">Which servers.</param>
    /// <param name="products">Products to seed the database with.</param>
    /// <param name="progress">Hears what is ready.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="ServerStartException">Something did not start; the rest is stopped again.</exception>
    public static async Task<LastMileSystem> StartAsync(
        FabricOptions options, int products, IProgress<string>? progress = null, CancellationToken cancellationToken = default)
    {
        var system = new LastMileSystem(await RegionalFabric.StartAsync(options, progress, cancellationToken));
        try
        {
            system.Database = await StorefrontDatabase.CreateAsync(system.Servers, products, cancellationToken);
            progress?.Report("The Storefront's database is migrated");
            await system.StartServicesAsync(options.Topology, progress, cancellationToken);
            return system;
        }
        catch
        {
            await system.DisposeAsync();
            throw;
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await Task.WhenAll(services.Select(service => service.Process.DisposeAsync().AsTask()));
        await Servers.DisposeAsync();
    }

    private async Task StartServicesAsync(Topology topology, IProgress<string>? progress, CancellationToken cancellationToken)
    {
        var invalidator = StartAsync(
            "invalidator",
            "LastMile.Events.Invalidator",
            new("Postgres:ConnectionString", Database.RelayConnectionString),
            new("Redis:ConnectionString", Servers.Primary.Endpoint));
        var agents = Task.WhenAll(Servers.Regions.Select(region => StartAsync(
            "agent-" + region.Name,
            "LastMile.Events.RegionAgent",
            new("Region:Name", region.Name),
            new("Region:Topology", topology.ToString()),
            new("Redis:ConnectionString", region.Redis.Endpoint))).ToArray());
        var storefronts = Task.WhenAll(Servers.Regions.Select(region => StartAsync(
            "storefront-" + region.Name,
            "Storefront",
            new("Region", region.Name),
            new("Topology", topology.ToString()),
            new("ConnectionStrings:Storefront", Database.ConnectionString),
            new("Redis:ConnectionString", region.Redis.Endpoint))).ToArray());

        // All of them have ended to start before one's failure is told, so that none is left behind.
        await Task.WhenAll(invalidator, agents, storefronts);
        Invalidator = await invalidator;
        Agents = ByRegion(await agents);
        Storefronts = ByRegion(await storefronts);

        async Task<Service> StartAsync(string name, string project, params KeyValuePair<string, string>[] settings)
        {
            var service = await Service.StartAsync(
                name, project, [.. settings, new("RabbitMq:Uri", Servers.RabbitMq.Uri.ToString())], Servers.Folder, cancellationToken);
            lock (services)
                services.Add(service);
            progress?.Report($"{name} is ready");
            return service;
        }
    }

    private Dictionary<string, Service> ByRegion(Service[] started) =>
        Servers.Regions.Zip(started).ToDictionary(pair => pair.First.Name, pair => pair.Second, StringComparer.Ordinal);
}
