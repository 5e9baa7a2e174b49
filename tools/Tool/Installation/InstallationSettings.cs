using System.Text.Json.Serialization;
using LastMile.Events.Redis;

namespace LastMile.Events.Tool.Installation;

/// <summary>The contents of an installation file. The names are those of the services' settings.</summary>
internal sealed record InstallationSettings
{
    /// <summary>
    /// The applications' names, which are also the prefixes of their queues. Default: the names in
    /// <see cref="ApplicationRabbitMq"/>.
    /// </summary>
    public IReadOnlyList<string> Applications
    {
        get => field.Count > 0 ? field : [.. ApplicationRabbitMq.Keys];
        init;
    } = [];

    /// <summary>The broker's AMQP address as each application logs in, by the application's name.</summary>
    public IReadOnlyDictionary<string, string> ApplicationRabbitMq { get; init; } =
        new Dictionary<string, string>(StringComparer.Ordinal);

    /// <summary>The database, as the Invalidator logs in.</summary>
    public required PostgresSettings Postgres { get; init; }

    /// <summary>The Redis primary, as the Invalidator logs in; null if there is none, because every region is independent.</summary>
    public RedisSettings? Redis { get; init; }

    /// <summary>The primary's key prefix; without a primary, the prefix that all regions share. Null for the default.</summary>
    public string? KeyPrefix => Redis is not null
        ? Redis.KeyPrefix
        : Regions.Values.Select(region => region.Redis.KeyPrefix).Distinct(StringComparer.Ordinal).ToList() is [var shared] ? shared : null;

    /// <summary>The broker, as the Invalidator logs in.</summary>
    public required RabbitMqSettings RabbitMq { get; init; }

    /// <summary>The passwords of the Redis users that no service logs in as; null if no command needs them.</summary>
    public RedisPasswords? RedisPasswords { get; init; }

    /// <summary>
    /// Additional rights of the applications in their regions' Redis, such as <c>+hset +hmset +hget +hmget</c>; null
    /// for none.
    /// </summary>
    public string? ApplicationRedisRules { get; init; }

    /// <summary>The HTTP API; null if the Invalidator is not to be contacted.</summary>
    public InvalidatorSettings? Invalidator { get; init; }

    /// <summary>The lineage of the database.</summary>
    [JsonIgnore]
    public string Lineage => Invalidator?.Lineage ?? RedisKeys.DefaultLineage;

    /// <summary>The regions by name.</summary>
    public IReadOnlyDictionary<string, RegionSettings> Regions { get; init; } =
        new Dictionary<string, RegionSettings>(StringComparer.Ordinal);
}

/// <summary>The settings <c>Postgres:*</c> of the Invalidator.</summary>
/// <param name="ConnectionString">An Npgsql connection string.</param>
/// <param name="OwnerConnectionString">
/// The same database, as the owner of the schema <c>lastmile</c> logs in; null if no command needs the owner's rights.
/// </param>
internal sealed record PostgresSettings(string ConnectionString, string? OwnerConnectionString = null);

/// <summary>The settings <c>Redis:*</c> of a service.</summary>
/// <param name="ConnectionString">A StackExchange.Redis connection string.</param>
/// <param name="CaCertificate">The PEM file of a private CA; null for the CAs that the machine trusts.</param>
/// <param name="KeyPrefix">The prefix of LastMile's keys; null for the default.</param>
internal sealed record RedisSettings(string ConnectionString, string? CaCertificate = null, string? KeyPrefix = null);

/// <summary>The passwords of Redis users that no service logs in as. They are the same on all servers.</summary>
/// <param name="Operator">The user <c>operator</c>, which may change passwords and configuration.</param>
/// <param name="Replica">The user <c>replica</c>, as which a Redis logs in to its primary.</param>
/// <param name="Sentinel">The user <c>sentinel</c>; null if no Sentinel is used.</param>
internal sealed record RedisPasswords(string Operator, string Replica, string? Sentinel = null);

/// <summary>The settings <c>RabbitMq:*</c> of a service.</summary>
/// <param name="Uri">The broker's AMQP address, with the virtual host.</param>
/// <param name="CaCertificate">The PEM file of a private CA; null for the CAs that the machine trusts.</param>
internal sealed record RabbitMqSettings(string Uri, string? CaCertificate = null);

/// <summary>How to reach an Invalidator.</summary>
/// <param name="Address">The address of its HTTP API, such as <c>http://127.0.0.1:5081</c>.</param>
/// <param name="ApiKey">A key with the scope <c>read</c>; null if the API accepts local requests without one.</param>
/// <param name="Lineage">The setting <c>Invalidator:Lineage</c>; null for the default.</param>
internal sealed record InvalidatorSettings(Uri Address, string? ApiKey = null, string? Lineage = null);

/// <summary>A region.</summary>
/// <param name="Redis">The region's Redis, as its agent logs in.</param>
/// <param name="Topology"><c>Replicated</c>, <c>Independent</c> or <c>ReadOnly</c>.</param>
/// <param name="RabbitMq">The broker, as the agent logs in; null if it is not to be checked.</param>
/// <param name="Agent">The address of the agent; null if it is not to be contacted.</param>
/// <param name="ApplicationRedis">The region's Redis as its applications log in; null if no command needs it.</param>
/// <param name="ReplicaOf">
/// The primary's <c>host:port</c> as the region's Redis reaches it; null for the address in the Invalidator's connection string.
/// </param>
/// <param name="Lineages">
/// The lineages that the region receives, including those of other installation files; null for the lineage of this file alone.
/// </param>
/// <param name="Log">The purge log, which the agent reads while the bus is silent; null for none.</param>
/// <param name="PrimaryRedis">The primary, as the agent of a read-only region logs in; null in other regions.</param>
/// <param name="ApplicationPrimaryRedis">
/// The primary, as the applications of a read-only region log in to fill it; null in other regions, or if no command needs it.
/// </param>
internal sealed record RegionSettings(
    RedisSettings Redis,
    string Topology = "Replicated",
    RabbitMqSettings? RabbitMq = null,
    Uri? Agent = null,
    string? ApplicationRedis = null,
    string? ReplicaOf = null,
    IReadOnlyList<string>? Lineages = null,
    LogSettings? Log = null,
    RedisSettings? PrimaryRedis = null,
    string? ApplicationPrimaryRedis = null)
{
    /// <summary>Whether the region's Redis replicates from no primary.</summary>
    [JsonIgnore]
    public bool IsIndependent => string.Equals(Topology, "Independent", StringComparison.OrdinalIgnoreCase);

    /// <summary>Whether the region's Redis is a replica that refuses writes.</summary>
    [JsonIgnore]
    public bool IsReadOnly => string.Equals(Topology, "ReadOnly", StringComparison.OrdinalIgnoreCase);
}

/// <summary>The purge log, as a region's agent reads it without the bus.</summary>
/// <param name="Address">The Invalidators' addresses, separated by commas.</param>
/// <param name="ApiKey">A key with the scope <c>log</c>; null if the API accepts local requests without one.</param>
/// <param name="CaCertificate">The PEM file of a private CA; null for the CAs that the machine trusts.</param>
internal sealed record LogSettings(string Address, string? ApiKey = null, string? CaCertificate = null);
