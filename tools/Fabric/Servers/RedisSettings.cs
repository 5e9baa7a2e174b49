namespace LastMile.Events.Fabric;

/// <summary>The settings of a Redis to start.</summary>
/// <param name="Name">The name of its folder and in messages, such as <c>redis-ams</c>; unique within an <see cref="IServers"/>.</param>
/// <param name="Role">The role, which selects the configuration file from deploy/.</param>
public sealed record RedisSettings(string Name, RedisRole Role)
{
    /// <summary>The loopback port of the primary, or of the link to it, that it replicates from; null for none.</summary>
    public int? ReplicaOfPort { get; init; }

    /// <summary>Directives that override the file, such as <c>["repl-timeout"] = "2"</c>.</summary>
    public IReadOnlyDictionary<string, string> Config { get; init; } = new Dictionary<string, string>(StringComparer.Ordinal);

    // Servers here live for minutes. They need no snapshots, not even for a standby's sync, and should not delay a sync to share it with a
    // second replica.
    private static readonly KeyValuePair<string, string>[] ShortLived =
        [new("save", ""), new("repl-diskless-sync-delay", "0"), new("repl-diskless-load", "on-empty-db")];

    /// <summary>The name of the configuration file in deploy/.</summary>
    internal string ConfigFile => Role switch
    {
        RedisRole.Primary => "redis-primary.conf",
        RedisRole.FilledPrimary => "redis-filled-primary.conf",
        RedisRole.ReadOnlyRegion => "redis-read-only-region.conf",
        _ => "redis-region.conf",
    };

    /// <summary>The name of the ACL file in deploy/.</summary>
    internal string AclFile => Role == RedisRole.Primary ? "redis-primary.acl" : "redis-region.acl";

    /// <summary>The users of the ACL file, with placeholders for their passwords.</summary>
    internal string AclTemplate => Role != RedisRole.FilledPrimary
        ? File.ReadAllText(FabricFile.Path(AclFile))
        : string.Join('\n', File.ReadLines(FabricFile.Path("redis-primary.acl"))
            .Union(File.ReadLines(FabricFile.Path(AclFile)), StringComparer.Ordinal)) + '\n';

    /// <summary>Returns the directives as command line arguments of redis-server, where the last one wins.</summary>
    internal IEnumerable<string> Arguments(string primaryHost) =>
        ShortLived.Concat(Config)
            .Concat(ReplicaOfPort is { } port ? [new("replicaof", $"{primaryHost} {port}")] : [])
            .SelectMany(directive => new[] { $"--{directive.Key}", directive.Value });
}

/// <summary>The role of a Redis.</summary>
public enum RedisRole
{
    /// <summary>Receives purges.</summary>
    Primary,

    /// <summary>Caches the entries of one region's applications; a replica if its settings name a primary.</summary>
    Region,

    /// <summary>
    /// Receives purges, and caches the entries of applications, whose regions read them from read-only replicas. It has the users of
    /// primaries and of regions.
    /// </summary>
    FilledPrimary,

    /// <summary>A replica of a filled primary, which refuses writes.</summary>
    ReadOnlyRegion,
}
