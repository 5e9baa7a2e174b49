using System.Net;
using LastMile.Events.Redis;
using LastMile.Events.Tool.Installation;

namespace LastMile.Events.Tool.Setup.Redis;

/// <summary>The users and settings of one Redis server, and the server that it replicates from.</summary>
/// <param name="Name"><c>primary</c> or the region's name.</param>
/// <param name="Template">The name of its configuration file in deploy/, without extension.</param>
/// <param name="Users">The users, with the operator last.</param>
/// <param name="Replica">The login to its primary.</param>
/// <param name="ReplicaOf">The primary that it replicates from; null for none.</param>
internal sealed record RedisServerPlan(
    string Name, string Template, IReadOnlyList<RedisUserRules> Users, Login Replica, DnsEndPoint? ReplicaOf)
{
    /// <summary>The name of the primary in commands.</summary>
    public const string Primary = "primary";

    /// <summary>The limit of the server's memory, as redis.conf writes it; null to keep the template's.</summary>
    public string? MaxMemory { get; init; }

    /// <summary>The PEM file of the private CA that signs the server's certificate; null for none.</summary>
    public string? CaCertificate { get; init; }

    /// <summary>Whether this is the Redis of a region that refuses writes.</summary>
    public bool IsReadOnly { get; init; }

    /// <summary>The operator, the last of the users.</summary>
    public RedisUserRules Operator => Users[^1];

    /// <summary>Whether this is a region's Redis.</summary>
    public bool IsRegion => Name != Primary;

    /// <summary>Whether this is the Redis of a region that replicates from no primary.</summary>
    public bool IsIndependent => IsRegion && ReplicaOf is null;

    /// <summary>The server's settings, without passwords.</summary>
    public IEnumerable<RedisDirective> Settings => RedisDirective.Of(Template + ".conf")
        .Select(setting => setting.Name == "maxmemory" && MaxMemory is not null ? setting with { Value = MaxMemory } : setting);

    /// <summary>Returns the plan of a server.</summary>
    /// <param name="installation">The installation.</param>
    /// <param name="server"><c>primary</c> or a region's name.</param>
    public static RedisServerPlan Of(InstallationSettings installation, string server) =>
        server == Primary ? OfPrimary(installation) : OfRegion(installation, server);

    /// <summary>Returns the files with which the server starts.</summary>
    /// <param name="aclFile">The path of the ACL file on the server.</param>
    public IReadOnlyList<SetupFile> Files(string aclFile) =>
    [
        new("redis.conf", showSecrets => Configuration(aclFile, showSecrets)),
        new("users.acl", _ => string.Join('\n', Users.Select(user => user.ToString()).Prepend("user default off")) + "\n"),
    ];

    private string Configuration(string aclFile, bool showSecrets)
    {
        var template = MaxMemory is null
            ? EmbeddedFile.Read(Template + ".conf")
            : EmbeddedFile.Read(Template + ".conf").Replace("\nmaxmemory 512mb\n", $"\nmaxmemory {MaxMemory}\n", StringComparison.Ordinal);
        RedisDirective[] added =
        [
            new("aclfile", aclFile),
            new("masteruser", Replica.User),
            new("masterauth", showSecrets ? Replica.Password : SetupFile.Hidden),
        ];
        var replication = ReplicaOf is null ? "" : $"replicaof {ReplicaOf.Host} {ReplicaOf.Port}\n";
        return $"{template}\n# The users, and the login to the primary.\n{string.Join('\n', added.AsEnumerable())}\n{replication}";
    }

    private static RedisServerPlan OfPrimary(InstallationSettings installation)
    {
        var (primary, passwords) = (PrimaryOf(installation), Passwords(installation));
        passwords.Add("lastmile-invalidator", Login.OfRedis("Redis:ConnectionString", primary.ConnectionString));
        var (users, others) = (UsersOf("redis-primary", primary, passwords), UsersOfReadOnlyRegions(installation, primary));
        return new(
            Primary,
            others.Count == 0 ? "redis-primary" : "redis-filled-primary",
            [.. users.SkipLast(1), .. others, users[^1]],
            passwords["replica"],
            null)
        {
            CaCertificate = primary.CaCertificate,
        };
    }

    // The agents and applications of read-only regions write to the primary.
    private static List<RedisUserRules> UsersOfReadOnlyRegions(InstallationSettings installation, RedisSettings primary)
    {
        var users = installation.Regions.Where(region => region.Value.IsReadOnly)
            .SelectMany(region =>
            {
                var (settings, setting) = (region.Value, $"Regions:{region.Key}:");
                var agent = Login.OfRedis(setting + "PrimaryRedis:ConnectionString", settings.PrimaryRedis?.ConnectionString);
                return UsersOfRegion(
                    installation, primary, agent, setting + "ApplicationPrimaryRedis", settings.ApplicationPrimaryRedis, []);
            })
            .DistinctBy(user => (user.Name, user.Password))
            .ToList();
        return users.GroupBy(user => user.Name, StringComparer.Ordinal).FirstOrDefault(user => user.Count() > 1) is { } shared
            ? throw new InstallationFileException(
                $"Several read-only regions log in to the primary as '{shared.Key}', with different passwords. "
                    + "Give each of them a user of its own in PrimaryRedis and ApplicationPrimaryRedis, or the same password.")
            : users;
    }

    private static RedisServerPlan OfRegion(InstallationSettings installation, string name)
    {
        var (region, setting) = (installation.RegionNamed(name), $"Regions:{name}:");
        var passwords = Passwords(installation);
        var agent = Login.OfRedis(setting + "Redis:ConnectionString", region.Redis.ConnectionString);
        var keys = region.Redis.KeyPrefix is null ? region.Redis with { KeyPrefix = installation.KeyPrefix } : region.Redis;
        return new(
            name,
            region.IsReadOnly ? "redis-read-only-region" : "redis-region",
            UsersOfRegion(installation, keys, agent, setting + "ApplicationRedis", region.ApplicationRedis, passwords),
            passwords["replica"],
            region.IsIndependent ? null : PrimaryOf(installation, region, setting))
        {
            IsReadOnly = region.IsReadOnly,
            CaCertificate = region.Redis.CaCertificate,
        };
    }

    private static IReadOnlyList<RedisUserRules> UsersOfRegion(
        InstallationSettings installation,
        RedisSettings keys,
        Login agent,
        string applicationSetting,
        string? applicationLogin,
        Dictionary<string, Login> others)
    {
        var logins = new Dictionary<string, Login>(others, StringComparer.Ordinal) { ["lastmile-agent"] = agent };
        var application = applicationLogin is null ? null : Login.OfRedis(applicationSetting, applicationLogin);
        if (application is not null)
            logins.Add("application", application);
        return
        [
            .. UsersOf("redis-region", keys, logins)
                .Select(user => user.Name == application?.User ? user.With(installation.ApplicationRedisRules) : user),
        ];
    }

    private static RedisSettings PrimaryOf(InstallationSettings installation) => installation.Redis
        ?? throw new InstallationFileException(
            "The installation file names no Redis primary. Add Redis:ConnectionString, unless every region is Independent.");

    private static DnsEndPoint PrimaryOf(InstallationSettings installation, RegionSettings region, string setting)
    {
        var given = region.ReplicaOf is null
            ? Login.ParseRedis("Redis:ConnectionString", PrimaryOf(installation).ConnectionString)
            : Login.ParseRedis(setting + nameof(region.ReplicaOf), region.ReplicaOf);
        if (given is { EndPoints.Count: 1, ServiceName: null or "" })
        {
            return given.EndPoints[0] switch
            {
                DnsEndPoint name => new(name.Host, name.Port == 0 ? 6379 : name.Port),
                IPEndPoint address => new(address.Address.ToString(), address.Port == 0 ? 6379 : address.Port),
                var other => throw new InstallationFileException($"Set {setting}ReplicaOf to host:port; the primary's address is {other}."),
            };
        }

        throw new InstallationFileException(
            $"Redis:ConnectionString names several servers or Sentinels. Set {setting}ReplicaOf to the host:port of the current primary.");
    }

    private static Dictionary<string, Login> Passwords(InstallationSettings installation)
    {
        var passwords = installation.RedisPasswords
            ?? throw new InstallationFileException(
                "RedisPasswords is missing in the installation file. Add it with the passwords Operator and Replica.");
        var logins = new Dictionary<string, Login>(StringComparer.Ordinal)
        {
            ["operator"] = new("operator", Placeholder.Filled("RedisPasswords:Operator", passwords.Operator)),
            ["replica"] = new("replica", Placeholder.Filled("RedisPasswords:Replica", passwords.Replica)),
        };
        if (passwords.Sentinel is { Length: > 0 } sentinel)
            logins.Add("sentinel", new("sentinel", sentinel));
        return logins;
    }

    private static IReadOnlyList<RedisUserRules> UsersOf(string template, RedisSettings settings, Dictionary<string, Login> passwords)
    {
        var prefix = settings.KeyPrefix ?? RedisKeys.DefaultPrefix;
        KeyPatterns.Check(prefix);
        return RedisUserRules.Of(template + ".acl", prefix, passwords);
    }
}
