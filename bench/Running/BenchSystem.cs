using LastMile.Events.Fabric;
using LastMile.Events.Postgres;
using Npgsql;

namespace LastMile.Events.Bench.Running;

/// <summary>Servers, an Invalidator, and an agent in each region. The Invalidator's database has a captured table of products.</summary>
internal sealed class BenchSystem : IAsyncDisposable
{
    /// <summary>The number of products in every database.</summary>
    public const int Products = 100_000;

    private static readonly string Unannounced = Resource.Read("unannounced_batches.sql");
    private static readonly TimeSpan PollInterval = TimeSpan.FromSeconds(0.1);
    private static readonly TimeSpan AnnounceDeadline = TimeSpan.FromMinutes(1);

    private readonly List<Service> services = [];

    private BenchSystem(RegionalFabric servers) => Servers = servers;

    /// <summary>
    /// The smallest multi-region setup. It has no links, because a relay in this process would be part of the measurement.
    /// </summary>
    public static FabricOptions TwoRegions { get; } = new() { Regions = ["ams", "syd"], Links = false };

    public RegionalFabric Servers { get; }

    /// <summary>The Invalidator's database.</summary>
    public string Database { get; private set; } = "";

    public Service Invalidator { get; private set; } = null!;

    public IReadOnlyList<Service> Agents { get; private set; } = [];

    /// <summary>Starts everything.</summary>
    /// <param name="options">The servers to start.</param>
    /// <param name="progress">Receives a message when a part is ready.</param>
    /// <param name="cancellationToken">Cancels the start.</param>
    /// <param name="agents">The number of regions with an agent; null for all.</param>
    public static async Task<BenchSystem> StartAsync(
        FabricOptions options, IProgress<string> progress, CancellationToken cancellationToken, int? agents = null)
    {
        var system = new BenchSystem(await RegionalFabric.StartAsync(options, progress, cancellationToken));
        try
        {
            await system.StartServicesAsync(agents ?? options.Regions.Count, cancellationToken);
            progress.Report("The Invalidator and the agents are ready");
            return system;
        }
        catch
        {
            await system.DisposeAsync();
            throw;
        }
    }

    /// <summary>Creates a database with a table of products, replacing one that an earlier section created.</summary>
    /// <returns>The superuser's connection string to it.</returns>
    public async Task<string> CreateDatabaseAsync(string name, CancellationToken cancellationToken)
    {
        await ExecuteAsync(Servers.Postgres.ConnectionString, $"drop database if exists {name} with (force)", cancellationToken);
        await ExecuteAsync(Servers.Postgres.ConnectionString, $"create database {name}", cancellationToken);
        var database = new NpgsqlConnectionStringBuilder(Servers.Postgres.ConnectionString)
        {
            Database = name,
            CommandTimeout = 300,
        }.ConnectionString;
        await ExecuteAsync(database, Resource.Read("products.sql"), cancellationToken);
        return database;
    }

    /// <summary>Runs one or more SQL statements.</summary>
    public static async Task ExecuteAsync(string database, string sql, CancellationToken cancellationToken)
    {
        await using var connection = new NpgsqlConnection(database + ";Pooling=false");
        await connection.OpenAsync(cancellationToken);
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>Waits until all purges are announced, so that the next measurement does not pay for them.</summary>
    public async Task AnnouncedAsync(CancellationToken cancellationToken)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        deadline.CancelAfter(AnnounceDeadline);
        await using var database = NpgsqlDataSource.Create(Database);
        await using var count = database.CreateCommand(Unannounced);
        using var polls = new PeriodicTimer(PollInterval);
        while ((long)(await count.ExecuteScalarAsync(deadline.Token))! > 0)
            await polls.WaitForNextTickAsync(deadline.Token);
    }

    public async ValueTask DisposeAsync()
    {
        await Task.WhenAll(services.Select(service => service.Process.DisposeAsync().AsTask()));
        await Servers.DisposeAsync();
    }

    private async Task StartServicesAsync(int agents, CancellationToken cancellationToken)
    {
        Database = await CreateDatabaseAsync("lastmile", cancellationToken);
        await using (var source = NpgsqlDataSource.Create(Database))
            await OutboxSchema.InstallAsync(source, cancellationToken);
        await ExecuteAsync(
            Database, "select lastmile.track('products', 'Product', array['product:{id}'], ignore => '{views}')", cancellationToken);

        var bus = Servers.RabbitMq.Uri;
        var invalidator = KeepAsync(Service.StartInvalidatorAsync(
            "invalidator",
            Database,
            Servers.HasPrimary ? Servers.Primary.Endpoint : "",
            bus,
            Servers.Folder,
            cancellationToken: cancellationToken));
        var regions = Task.WhenAll(Servers.Regions
            .Take(agents)
            .Select(region => KeepAsync(Service.StartAgentAsync(
                "agent-" + region.Name,
                region,
                bus,
                Servers.Folder,
                [new("Redis:ConnectionString", region.Redis.Endpoint)],
                cancellationToken)))
            .ToArray());
        await Task.WhenAll(invalidator, regions);
        (Invalidator, Agents) = (await invalidator, await regions);

        async Task<Service> KeepAsync(Task<Service> start)
        {
            var service = await start;
            lock (services)
                services.Add(service);
            return service;
        }
    }
}
