using LastMile.Events.Tool.Doctor.Facts;
using LastMile.Events.Tool.Installation;

namespace LastMile.Events.Tool.Doctor.Reading;

/// <summary>Reads all parts of an installation in parallel.</summary>
internal sealed class InstallationReader(TimeProvider time)
{
    // Replication usually takes milliseconds.
    private static readonly TimeSpan ReplicationTimeout = TimeSpan.FromSeconds(2);

    /// <summary>Reads all facts.</summary>
    public async Task<InstallationFacts> ReadAsync(InstallationSettings settings, CancellationToken cancellationToken)
    {
        using var http = new HttpClient(new SocketsHttpHandler { UseCookies = false, AllowAutoRedirect = false });
        var postgres = new PostgresReader(settings.Postgres, time).ReadAsync(cancellationToken);
        var identity = IdentityAsync(postgres);
        var primary = PrimaryAsync(settings, cancellationToken);
        var broker = new BrokerReader(settings.RabbitMq, BusRole.Invalidator(settings.Lineage)).ReadAsync(identity, cancellationToken);
        var invalidator = settings.Invalidator is { } api
            ? new ServiceReader(http, api.Address, api.ApiKey, time).ReadAsync(isInvalidator: true, cancellationToken)
            : null;
        var regions = settings.Regions
            .Select(region => RegionAsync(
                region.Key, region.Value, settings.Lineage, settings.RedisPasswords?.Operator, primary, identity, http, cancellationToken))
            .ToList();
        return new InstallationFacts(
            settings,
            await postgres,
            await primary,
            await broker,
            invalidator is null ? null : await invalidator,
            await Task.WhenAll(regions));
    }

    private static async Task<Fact<string?>> IdentityAsync(Task<PostgresFacts> postgres) => (await postgres).Identity;

    private async Task<RedisFacts?> PrimaryAsync(InstallationSettings settings, CancellationToken cancellationToken)
    {
        if (settings.Redis is not { } primary)
            return null;
        var reader = new RedisReader(
            primary, NeededCommands.OfInvalidator, settings.RedisPasswords?.Operator, time, settings.Lineage);
        return await reader.ReadAsync(cancellationToken);
    }

    private async Task<RegionFacts> RegionAsync(
        string name,
        RegionSettings settings,
        string lineage,
        string? operatorPassword,
        Task<RedisFacts?> primary,
        Task<Fact<string?>> identity,
        HttpClient http,
        CancellationToken cancellationToken)
    {
        var reader = new RedisReader(settings.Redis, NeededCommands.OfAgent, operatorPassword, time, lineage)
        {
            IsReadOnlyRegion = settings.IsReadOnly,
        };
        var redis = reader.ReadAsync(cancellationToken);
        var broker = settings.RabbitMq is { } bus
            ? new BrokerReader(bus, BusRole.Agent(name, lineage)).ReadAsync(identity, cancellationToken)
            : null;
        var agent = settings.Agent is { } address
            ? new ServiceReader(http, address, apiKey: null, time).ReadAsync(isInvalidator: false, cancellationToken)
            : null;
        var application = ApplicationAsync(settings.Redis, settings.ApplicationRedis, lineage, cancellationToken);
        var atPrimary = AtPrimaryAsync(settings, lineage, cancellationToken);
        var log = settings.Log is { } access ? Probe.ReadAsync(token => LogReader.ReadAsync(access, token), cancellationToken) : null;
        var cluster = await redis is { Info: { Missing: null, Value.IsCluster: true } } && settings.IsIndependent
            ? await new ClusterReader(settings.Redis, operatorPassword, time, lineage).ReadAsync(cancellationToken)
            : null;
        var compared = WithNodes(await redis, cluster) with
        {
            MayBeCluster = settings.IsIndependent,
            Behind = await BehindAsync(reader, await redis, await primary, cancellationToken),
        };
        return new RegionFacts(
            name,
            settings,
            compared,
            await application,
            broker is null ? null : await broker,
            agent is null ? null : await agent)
        {
            Log = log is null ? null : await log,
            Cluster = cluster,
            AgentAtPrimary = (await atPrimary).Agent,
            ApplicationAtPrimary = (await atPrimary).Application,
        };
    }

    private static RedisFacts WithNodes(RedisFacts server, Fact<ClusterFacts>? cluster) => cluster switch
    {
        null => server,
        { Missing: null, Value: var nodes } => server with
        {
            Watermark = nodes.Watermark,
            IsSound = nodes.IsSound,
            KeysWithoutTtl = nodes.KeysWithoutTtl,
        },
        _ => server,
    };

    private async Task<(RedisFacts? Agent, RedisFacts? Application)> AtPrimaryAsync(
        RegionSettings settings, string lineage, CancellationToken cancellationToken)
    {
        if (settings is not { IsReadOnly: true, PrimaryRedis: { } primary })
            return default;
        var named = primary with { KeyPrefix = settings.Redis.KeyPrefix };
        var agent = new RedisReader(named, NeededCommands.OfAgent, operatorPassword: null, time, lineage).ReadAsync(cancellationToken);
        var application = ApplicationAsync(named, settings.ApplicationPrimaryRedis, lineage, cancellationToken);
        return (await agent, await application);
    }

    private async Task<RedisFacts?> ApplicationAsync(
        RedisSettings redis, string? login, string lineage, CancellationToken cancellationToken)
    {
        if (login is null)
            return null;
        var reader = new RedisReader(
            redis with { ConnectionString = login }, NeededCommands.OfApplication, operatorPassword: null, time, lineage);
        return await reader.ReadAsync(cancellationToken) with { IsApplication = true };
    }

    private static async Task<Fact<long>> BehindAsync(
        RedisReader reader, RedisFacts region, RedisFacts? primary, CancellationToken cancellationToken)
    {
        if (primary is null)
            return Fact<long>.Unknown("The installation has no Redis primary to compare with.");
        if (primary.Watermark.Missing is not null || region.Watermark.Missing is not null)
            return Fact<long>.Unknown("The watermark of the primary or of the region is unknown.");
        if (region.Info.Value.IsCluster)
            return Fact<long>.Unknown("A cluster is not compared with the primary.");
        var expected = primary.Watermark.Value;
        return expected == default || region.Watermark.Value >= expected
            ? Fact<long>.Known(0)
            : await Probe.ReadAsync(token => reader.BehindAsync(expected, ReplicationTimeout, token), cancellationToken);
    }
}

/// <summary>The commands that the services run on Redis; the words of each are separated by line feeds.</summary>
internal static class NeededCommands
{
    private static readonly string[] AnyService =
    [
        "INFO", "GET\n{0}watermark", "SET\n{0}watermark\nx", "SET\n{0}tag:x\nx", "UNLINK\nany", "SCAN\n0", "FLUSHDB",
        "PUBLISH\n{0}watermark\nx", "PUBLISH\n{0}purged\nx", "EVAL\nreturn 1\n0", "EVALSHA\nx\n0", "SCRIPT\nLOAD\nreturn 1",
    ];

    /// <summary>Returns the Invalidator's commands on the primary.</summary>
    public static IEnumerable<string> OfInvalidator(string prefix) => Of(prefix, "MULTI", "EXEC", "DEL\n{0}carrier");

    /// <summary>Returns an agent's commands on its region's Redis.</summary>
    public static IEnumerable<string> OfAgent(string prefix) => Of(prefix, "DBSIZE", "SUBSCRIBE\n{0}watermark");

    /// <summary>Returns an application's commands on its region's Redis.</summary>
    public static IEnumerable<string> OfApplication(string prefix) => Named(
        prefix,
        [
            "GET\nany", "SET\nany\nx", "UNLINK\nany", "MGET\nany\n{0}tag:x",
            "GET\n{0}watermark", "GET\n{0}late", "GET\n{0}sound",
            "INFO", "EVAL\nreturn 1\n0", "EVALSHA\nx\n0", "SUBSCRIBE\n{0}purged", "PUBLISH\n{0}purged\nx",
        ]);

    private static IEnumerable<string> Of(string prefix, params string[] others) => Named(prefix, AnyService.Concat(others));

    private static IEnumerable<string> Named(string prefix, IEnumerable<string> commands) =>
        commands.Select(command => command.Replace("{0}", prefix, StringComparison.Ordinal));
}
