using System.Collections.Concurrent;

namespace LastMile.Events.Fabric;

/// <summary>
/// All running servers that LastMile Events needs: PostgreSQL, RabbitMQ, a Redis primary if there is one, and a Redis per region.
/// </summary>
public sealed class RegionalFabric : IAsyncDisposable
{
    private readonly RunFolder run;
    private readonly IServers servers;
    private readonly List<WanLink> links = [];
    private readonly ConcurrentBag<IAsyncDisposable> started = [];
    private RedisServer? onlyPrimary;
    private string? sharedFolder;

    private RegionalFabric(RunFolder run, IServers servers) => (this.run, this.servers) = (run, servers);

    /// <summary>The folder for the servers' data and logs, which callers may use too. It is deleted with the fabric.</summary>
    public string Folder => run.Path;

    /// <summary>Whether other tests share PostgreSQL and RabbitMQ.</summary>
    public bool SharesServers => sharedFolder is not null;

    /// <summary>The folders with logs: this fabric's folder, and that of shared servers.</summary>
    public IReadOnlyList<string> LogFolders => sharedFolder is null ? [Folder] : [Folder, sharedFolder];

    /// <summary>The PostgreSQL server.</summary>
    public PostgresServer Postgres { get; private set; } = null!;

    /// <summary>The RabbitMQ server.</summary>
    public RabbitMqServer RabbitMq { get; private set; } = null!;

    /// <summary>The link between RabbitMQ and the services; null if the options disable it.</summary>
    public WanLink? BusLink { get; private set; }

    /// <summary>The primary and its standby; null if the options disable the standby.</summary>
    public PrimaryPair? Pair { get; private set; }

    /// <summary>Whether there is a Redis primary.</summary>
    public bool HasPrimary => Pair is not null || onlyPrimary is not null;

    /// <summary>The Redis that purges are written to.</summary>
    /// <exception cref="InvalidOperationException">The fabric has none.</exception>
    public RedisServer Primary =>
        Pair?.Primary ?? onlyPrimary ?? throw new InvalidOperationException("No Redis primary. Set FabricOptions.Primary.");

    /// <summary>A StackExchange.Redis connection string to the primary for the Invalidators; empty if there is none.</summary>
    public string PrimaryEndpoints => Pair?.Endpoints ?? onlyPrimary?.EndpointAs(RedisUser.Invalidator) ?? "";

    /// <summary>The regions, in the order of the options.</summary>
    public IReadOnlyList<Region> Regions { get; private set; } = [];

    /// <summary>Starts all servers in parallel; returns when they are ready and each region replica is in sync.</summary>
    /// <exception cref="ServerStartException">A server did not become ready; the others are stopped.</exception>
    public static async Task<RegionalFabric> StartAsync(
        FabricOptions options, IProgress<string>? progress = null, CancellationToken cancellationToken = default)
    {
        var source = await ServerChoice.DecideAsync(cancellationToken);
        var folder = RunFolder.Create(options.Folder);
        var fabric = new RegionalFabric(folder, ServerChoice.Open(source, folder.Path));
        try
        {
            progress?.Report($"Starting servers from {fabric.servers.Description}, in {folder.Path}");
            await fabric.StartServersAsync(options, progress, cancellationToken);
            return fabric;
        }
        catch
        {
            await fabric.DisposeAsync();
            throw;
        }
    }

    /// <summary>
    /// Makes a replicated region do a full resync, as if it had missed too much of the replication stream: the primary's keys replace its
    /// cache. Returns once the sync is in progress.
    /// </summary>
    /// <param name="region">The region.</param>
    /// <param name="lasting">The minimum duration of the sync; no minimum if the primary holds no key.</param>
    public Task ResyncAsync(Region region, TimeSpan lasting)
    {
        ArgumentNullException.ThrowIfNull(region);
        return region.Redis.ResyncAsync(Primary, lasting);
    }

    /// <summary>
    /// Promotes the standby with the data that it has received, and redirects the replicated regions to it. Returns when it accepts writes,
    /// which may be before the regions are in sync.
    /// </summary>
    /// <exception cref="InvalidOperationException">The fabric has no standby, or a region has no link to redirect.</exception>
    public async Task FailOverAsync()
    {
        var pair = Pair ?? throw new InvalidOperationException("No standby to promote. Set FabricOptions.Standby.");
        await pair.FailOverAsync();
        foreach (var region in Regions.Where(region => region.Kind == RegionKind.Replicated))
        {
            var link = region.Link
                ?? throw new InvalidOperationException($"{region.Name} has no link to redirect. Set FabricOptions.Links.");
            link.Redirect(pair.Primary.Port);
        }
    }

    /// <summary>Stops all servers and deletes the folder.</summary>
    public async ValueTask DisposeAsync()
    {
        foreach (var link in links)
            await link.DisposeAsync();
        foreach (var server in started)
            await server.DisposeAsync();
        await servers.DisposeAsync();
        run.Dispose();
    }

    private async Task StartServersAsync(FabricOptions options, IProgress<string>? progress, CancellationToken cancellationToken)
    {
        // A failed start cancels the other starts, so that the failure is reported at once.
        using var failed = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        sharedFolder = options.Shared?.Folder;
        var postgres = ReportAsync(options.Shared?.OpenPostgres() ?? servers.StartPostgresAsync(failed.Token), "PostgreSQL");
        var rabbitMq = ReportAsync(options.Shared?.OpenRabbitMqAsync(failed.Token) ?? servers.StartRabbitMqAsync(failed.Token), "RabbitMQ");
        var redis = ReportAsync(
            StartRedisAsync(options, failed.Token), options.Primary ? "Redis, primary and regions," : "Redis of the regions");
        await foreach (var start in Task.WhenEach(postgres, rabbitMq, redis))
        {
            if (start.IsFaulted)
                await failed.CancelAsync();
        }

        var first = new Task[] { postgres, rabbitMq, redis }.FirstOrDefault(start => start.IsFaulted) ?? Task.CompletedTask;
        await first;
        (Postgres, RabbitMq, (onlyPrimary, Pair, Regions)) = (await postgres, await rabbitMq, await redis);
        BusLink = options.BusLink ? LinkTo(RabbitMq.Uri.Port) : null;

        async Task<T> ReportAsync<T>(Task<T> start, string what)
        {
            var server = await start;
            progress?.Report($"{what} is ready");
            return server;
        }
    }

    private async Task<(RedisServer? Primary, PrimaryPair? Pair, Region[] Regions)> StartRedisAsync(
        FabricOptions options, CancellationToken cancellationToken)
    {
        if (!options.Primary)
            return (null, null, await StartWithoutPrimaryAsync(options, cancellationToken));

        if (options is { ReadOnly: true, Standby: true })
            throw new InvalidOperationException("A primary that applications fill has no standby. Set FabricOptions.ReadOnly or Standby.");

        var role = options.ReadOnly ? RedisRole.FilledPrimary : RedisRole.Primary;
        var primary = await servers.StartRedisAsync(new RedisSettings("redis-primary", role), cancellationToken);
        var starts = options.Regions.Select(name => options.Independent.Contains(name, StringComparer.Ordinal)
            ? StartIndependentAsync(name, options, cancellationToken)
            : StartReplicaAsync(name, primary, options, cancellationToken));
        var regions = Task.WhenAll(starts.ToArray());
        return (primary, options.Standby ? await PairAsync(primary, cancellationToken) : null, await regions);
    }

    private Task<Region[]> StartWithoutPrimaryAsync(FabricOptions options, CancellationToken cancellationToken)
    {
        if (options.Standby || options.Regions.Except(options.Independent, StringComparer.Ordinal).Any())
        {
            throw new InvalidOperationException(
                "A fabric without a primary has independent regions only, and no standby. Set FabricOptions.Primary.");
        }

        return Task.WhenAll(options.Regions.Select(name => StartIndependentAsync(name, options, cancellationToken)).ToArray());
    }

    private async Task<PrimaryPair> PairAsync(RedisServer primary, CancellationToken cancellationToken)
    {
        var replication = LinkTo(primary);
        var settings = new RedisSettings("redis-standby", RedisRole.Primary) { ReplicaOfPort = replication.Port };
        var standby = await servers.StartRedisAsync(settings, cancellationToken);
        await standby.WaitForSyncAsync(cancellationToken);
        return new PrimaryPair((primary, LinkTo(primary)), (standby, LinkTo(standby)), replication);
    }

    private async Task<Region> StartReplicaAsync(
        string name, RedisServer primary, FabricOptions options, CancellationToken cancellationToken)
    {
        var link = options.Links ? LinkTo(primary) : null;
        var settings = new RedisSettings($"redis-{name}", options.ReadOnly ? RedisRole.ReadOnlyRegion : RedisRole.Region)
        {
            ReplicaOfPort = link?.Port ?? primary.Port,
        };
        var redis = await servers.StartRedisAsync(settings, cancellationToken);
        await redis.WaitForSyncAsync(cancellationToken);
        return new Region(
            name,
            options.ReadOnly ? RegionKind.ReadOnly : RegionKind.Replicated,
            redis,
            link,
            options.ReaderLinks ? LinkTo(redis) : null)
        {
            Primary = options.ReadOnly ? primary : null,
        };
    }

    private async Task<Region> StartIndependentAsync(string name, FabricOptions options, CancellationToken cancellationToken)
    {
        var server = options.Servers.GetValueOrDefault(name);
        var serverName = $"redis-{name}";
        if (server == RegionServer.Cluster)
            return await StartClusterAsync(name, serverName, options);

        ManagedEndpoint? endpoint = null;
        if (server == RegionServer.Managed)
            started.Add(endpoint = await ManagedEndpoint.StartAsync(servers, serverName, cancellationToken));
        var redis = server switch
        {
            RegionServer.Managed => endpoint!.Redis,
            RegionServer.Garnet => await GarnetServers.StartAsync(servers, serverName, cancellationToken),
            _ => await servers.StartRedisAsync(new RedisSettings(serverName, RedisRole.Region), cancellationToken),
        };
        return new Region(
            name,
            RegionKind.Independent,
            redis,
            options.Links ? LinkTo(redis) : null,
            options.ReaderLinks ? LinkTo(redis) : null)
        {
            Endpoint = endpoint,
            Server = server,
        };
    }

    // Applications connect to the addresses that the nodes announce, so they have no link.
    private async Task<Region> StartClusterAsync(string name, string serverName, FabricOptions options)
    {
        var cluster = await RedisClusterServers.StartAsync(servers, serverName);
        started.Add(cluster);
        var link = options.Links ? Keep(new WanLink()) : null;
        var redis = new RedisServer(serverName, cluster.Nodes[0].Server.Port, new ClusterProcess(serverName, cluster))
        {
            Users = cluster.Users,
        };
        return new Region(name, RegionKind.Independent, redis, link) { Cluster = cluster, Server = RegionServer.Cluster };
    }

    private WanLink LinkTo(RedisServer target) => LinkTo(target.Port);

    private WanLink LinkTo(int port) => Keep(new WanLink(port));

    private WanLink Keep(WanLink link)
    {
        lock (links)
            links.Add(link);
        return link;
    }
}
