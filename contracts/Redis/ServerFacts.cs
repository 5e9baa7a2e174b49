using StackExchange.Redis;

namespace LastMile.Events.Redis;

/// <summary>A server that speaks the Redis protocol.</summary>
public enum ServerProduct
{
    /// <summary>Redis, or a server that does not say what else it is.</summary>
    Redis,

    /// <summary>Valkey.</summary>
    Valkey,

    /// <summary>KeyDB.</summary>
    KeyDB,

    /// <summary>Dragonfly.</summary>
    Dragonfly,

    /// <summary>Garnet.</summary>
    Garnet,
}

/// <summary>How a server works with others.</summary>
public enum ServerMode
{
    /// <summary>It has all keys.</summary>
    Standalone,

    /// <summary>It is a node of a cluster, which has the keys of some hash slots.</summary>
    Cluster,

    /// <summary>It is a Sentinel, which watches servers and has no keys.</summary>
    Sentinel,
}

/// <summary>
/// What a server says about itself (<c>INFO</c>). A name may lead to another server after each connect, so read it again then.
/// </summary>
/// <param name="Product">The product.</param>
/// <param name="Version">The product's version; 0.0 if unknown.</param>
/// <param name="Compatible">
/// The version of Redis that the server is compatible with (<c>redis_version</c>); the same as <paramref name="Version"/> for Redis.
/// </param>
/// <param name="Mode">How it works with other servers.</param>
/// <param name="Replication">Its role.</param>
/// <param name="Memory">Its memory and eviction policy.</param>
public sealed record ServerFacts(
    ServerProduct Product, Version Version, Version Compatible, ServerMode Mode, ReplicationInfo Replication, MemoryInfo Memory)
{
    private static readonly Version Unknown = new(0, 0);

    // The commands and INFO fields that LastMile uses exist since this version.
    private static readonly Version Complete = new(7, 0);

    /// <summary>Whether the server is older than Redis 7.0, or compatible with an older version only.</summary>
    public bool IsOld => Compatible < Complete;

    /// <summary>Reads the facts.</summary>
    /// <param name="server">The server, as for <see cref="ReplicationInfo.ReadAsync"/>.</param>
    /// <exception cref="RedisException">The server did not answer.</exception>
    public static async Task<ServerFacts> ReadAsync(IServer server)
    {
        ArgumentNullException.ThrowIfNull(server);
        return Parse((string?)await server.ExecuteAsync("INFO") ?? "");
    }

    /// <summary>Returns the product, its version and its role, such as <c>Valkey 8.0.1, standalone, primary</c>.</summary>
    public override string ToString() =>
        $"{Product} {Version}, {(Mode == ServerMode.Standalone ? "standalone" : Mode == ServerMode.Cluster ? "cluster" : "sentinel")}"
            + (Mode == ServerMode.Sentinel ? "" : Replication.IsPrimary ? ", primary" : ", replica");

    internal static ServerFacts Parse(string info)
    {
        var fields = new InfoText(info);
        var compatible = VersionOf(fields.Text("redis_version"));
        var (product, version) = ProductOf(fields);
        return new ServerFacts(
            product,
            version ?? compatible,
            compatible,
            ModeOf(fields),
            ReplicationInfo.Parse(info),
            MemoryInfo.Parse(info));
    }

    private static (ServerProduct Product, Version? Version) ProductOf(InfoText fields) => fields switch
    {
        _ when fields.Text("valkey_version") is { Length: > 0 } valkey => (ServerProduct.Valkey, VersionOf(valkey)),
        _ when fields.Text("garnet_version") is { Length: > 0 } garnet => (ServerProduct.Garnet, VersionOf(garnet)),
        // Such as df-v1.27.1.
        _ when fields.Text("dragonfly_version") is { Length: > 0 } dragonfly =>
            (ServerProduct.Dragonfly, VersionOf(dragonfly.Replace("df-v", "", StringComparison.Ordinal))),
        _ when fields.Text("mvcc_depth").Length > 0 => (ServerProduct.KeyDB, null),
        _ => (ServerProduct.Redis, null),
    };

    // Valkey renamed the field.
    private static ServerMode ModeOf(InfoText fields) => (fields.Text("redis_mode"), fields.Text("server_mode")) switch
    {
        ("sentinel", _) or (_, "sentinel") => ServerMode.Sentinel,
        ("cluster", _) or (_, "cluster") => ServerMode.Cluster,
        _ when fields.Text("cluster_enabled") == "1" => ServerMode.Cluster,
        _ => ServerMode.Standalone,
    };

    private static Version VersionOf(string text) => Version.TryParse(text.Split('-')[0], out var version) ? version : Unknown;
}
