namespace LastMile.Events.Fabric;

/// <summary>What kind of Redis to start.</summary>
/// <param name="Name">Names its folder and its messages, as <c>redis-ams</c>; unique among one <see cref="IServers"/>.</param>
/// <param name="Role">Chooses the configuration file of deploy/ that it runs with.</param>
public sealed record RedisSettings(string Name, RedisRole Role)
{
    /// <summary>The loopback port of the primary, or of the link to it, that it replicates from; null for none.</summary>
    public int? ReplicaOfPort { get; init; }

    /// <summary>Directives that win over the file's, as <c>["repl-timeout"] = "2"</c>.</summary>
    public IReadOnlyDictionary<string, string> Config { get; init; } = new Dictionary<string, string>(StringComparer.Ordinal);

    // Servers here live for minutes: nothing to keep, not even what a standby copied, and no time to wait for a second replica to share a sync with.
    private static readonly KeyValuePair<string, string>[] ShortLived =
        [new("save", ""), new("repl-diskless-sync-delay", "0"), new("repl-diskless-load", "on-empty-db")];

    /// <summary>The name of the configuration file in deploy/.</summary>
    internal string ConfigFile => Role == RedisRole.Primary ? "redis-primary.conf" : "redis-region.conf";

    /// <summary>The name of the ACL file in deploy/.</summary>
    internal string AclFile => Path.ChangeExtension(ConfigFile, ".acl");

    /// <summary>The directives as redis-server takes them on its command line, where the last one wins.</summary>
    internal IEnumerable<string> Arguments(string primaryHost) =>
        ShortLived.Concat(Config)
            .Concat(ReplicaOfPort is { } port ? [new("replicaof", $"{primaryHost} {port}")] : [])
            .SelectMany(directive => new[] { $"--{directive.Key}", directive.Value });
}

/// <summary>What a Redis is for.</summary>
public enum RedisRole
{
    /// <summary>Purges are written to it.</summary>
    Primary,

    /// <summary>The applications of one region write to it; a replica if it is told what to replicate from.</summary>
    Region,
}
