namespace LastMile.Events.Fabric;

/// <summary>All servers that LastMile Events needs, running: PostgreSQL, RabbitMQ, a Redis primary and a Redis per region.</summary>
public sealed class RegionalFabric : IAsyncDisposable
{
    private readonly RunFolder run;
    private readonly IServers servers;
    private readonly List<WanLink> links = [];
    private RedisServer onlyPrimary = null!;
    private string? sharedFolder;

    private RegionalFabric(RunFolder run, IServers servers) => (this.run, this.servers) = (run, servers);

    /// <summary>Where servers keep data and logs; others may put theirs there too. Deleted with the fabric.</summary>
    public string Folder => run.Path;

    /// <summary>Whether PostgreSQL and RabbitMQ serve others too.</summary>
    public bool SharesServers => sharedFolder is not null;

    /// <summary>Where logs are: in the folder, and where shared servers keep theirs.</summary>
    public IReadOnlyList<string> LogFolders => sharedFolder is null ? [Folder] : [Folder, sharedFolder];

    /// <summary>Where PostgreSQL is.</summary>
    public PostgresServer Postgres { get; private set; } = null!;

    /// <summary>Where RabbitMQ is.</summary>
    public RabbitMqServer RabbitMq { get; private set; } = null!;

    /// <summary>The line between RabbitMQ and the services; null where the options ask for none.</summary>
    public WanLink? BusLink { get; private set; }

    /// <summary>The primary and its standby; null where the options ask for no standby.</summary>
    public PrimaryPair? Pair { get; private set; }

    /// <summary>The Redis that purges are written to.</summary>
    public RedisServer Primary => Pair?.Primary ?? onlyPrimary;

    /// <summary>Where the Invalidators find the primary: a StackExchange.Redis connection string.</summary>
    public string PrimaryEndpoints => Pair?.Endpoints ?? onlyPrimary.EndpointAs(RedisUser.Invalidator);

    /// <summary>The regions, in the order of the options.</summary>
    public IReadOnlyList<Region> Regions { get; private set; } = [];

    /// <summary>Starts everything, in parallel; returns when all of it is ready and each region replica is in sync.</summary>
    /// <exception cref="ServerStartException">One of them did not become ready; the others are stopped again.</exception>
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
    /// Makes a replicated region copy its primary anew, as one must that has missed too much: its cache goes, the primary's keys come.
    /// Returns when the copying is under way.
    /// </summary>
    /// <param name="region">The region.</param>
    /// <param name="lasting">How long the copying takes at least; nothing while the primary holds no key.</param>
    public Task ResyncAsync(Region region, TimeSpan lasting)
    {
        ArgumentNullException.ThrowIfNull(region);
        return region.Redis.ResyncAsync(Primary, lasting);
    }

    /// <summary>
    /// Has the standby take over, with what has reached it, and the replicated regions follow it. Returns when it takes writes, which may be
    /// before the regions are in sync.
    /// </summary>
    /// <exception cref="InvalidOperationException">There is no standby, or no link to redirect.</exception>
    public async Task FailOverAsync()
    {
        var pair = Pair ?? throw new InvalidOperationException("There is no standby to promote: ask for one in the options.");
        await pair.FailOverAsync();
        foreach (var region in Regions.Where(region => region.Kind == RegionKind.Replicated))
        {
            var link = region.Link ?? throw new InvalidOperationException($"{region.Name} has no link to redirect: ask for links in the options.");
            link.Redirect(pair.Primary.Port);
        }
    }

    /// <summary>Stops everything and deletes the folder.</summary>
    public async ValueTask DisposeAsync()
    {
        foreach (var link in links)
            await link.DisposeAsync();
        await servers.DisposeAsync();
        run.Dispose();
    }

    private async Task StartServersAsync(FabricOptions options, IProgress<string>? progress, CancellationToken cancellationToken)
    {
        // One that fails ends the others' starts, so that the failure shows at once.
        using var failed = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        sharedFolder = options.Shared?.Folder;
        var postgres = ReportAsync(options.Shared?.OpenPostgres() ?? servers.StartPostgresAsync(failed.Token), "PostgreSQL");
        var rabbitMq = ReportAsync(options.Shared?.OpenRabbitMqAsync(failed.Token) ?? servers.StartRabbitMqAsync(failed.Token), "RabbitMQ");
        var redis = ReportAsync(StartRedisAsync(options, failed.Token), "Redis, primary and regions,");
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

    private async Task<(RedisServer Primary, PrimaryPair? Pair, Region[] Regions)> StartRedisAsync(FabricOptions options, CancellationToken cancellationToken)
    {
        var primary = await servers.StartRedisAsync(new RedisSettings("redis-primary", RedisRole.Primary), cancellationToken);
        var starts = options.Regions.Select(name => options.Independent.Contains(name, StringComparer.Ordinal)
            ? StartIndependentAsync(name, options.Links, cancellationToken)
            : StartReplicaAsync(name, primary, options.Links, cancellationToken));
        var regions = Task.WhenAll(starts.ToArray());
        return (primary, options.Standby ? await PairAsync(primary, cancellationToken) : null, await regions);
    }

    private async Task<PrimaryPair> PairAsync(RedisServer primary, CancellationToken cancellationToken)
    {
        var replication = LinkTo(primary);
        var settings = new RedisSettings("redis-standby", RedisRole.Primary) { ReplicaOfPort = replication.Port };
        var standby = await servers.StartRedisAsync(settings, cancellationToken);
        await standby.WaitForSyncAsync(cancellationToken);
        return new PrimaryPair((primary, LinkTo(primary)), (standby, LinkTo(standby)), replication);
    }

    private async Task<Region> StartReplicaAsync(string name, RedisServer primary, bool linked, CancellationToken cancellationToken)
    {
        var link = linked ? LinkTo(primary) : null;
        var settings = new RedisSettings($"redis-{name}", RedisRole.Region) { ReplicaOfPort = link?.Port ?? primary.Port };
        var redis = await servers.StartRedisAsync(settings, cancellationToken);
        await redis.WaitForSyncAsync(cancellationToken);
        return new Region(name, RegionKind.Replicated, redis, link);
    }

    private async Task<Region> StartIndependentAsync(string name, bool linked, CancellationToken cancellationToken)
    {
        var redis = await servers.StartRedisAsync(new RedisSettings($"redis-{name}", RedisRole.Region), cancellationToken);
        return new Region(name, RegionKind.Independent, redis, linked ? LinkTo(redis) : null);
    }

    private WanLink LinkTo(RedisServer target) => LinkTo(target.Port);

    private WanLink LinkTo(int port)
    {
        var link = new WanLink(port);
        lock (links)
            links.Add(link);
        return link;
    }
}
