namespace LastMile.Events.Fabric;

/// <summary>Finds the programs of locally installed servers.</summary>
internal static class InstalledServers
{
    private const string DebianPostgres = "/usr/lib/postgresql";

    // Debian's /usr/sbin/rabbitmq-server is a wrapper that switches to its own account and log files.
    private const string DebianRabbitMq = "/usr/lib/rabbitmq/bin";

    /// <summary>Returns the folder of initdb and postgres: Debian's newest version, or the first one in PATH.</summary>
    public static string PostgresFolder() => Path.GetDirectoryName(Find("postgres", "initdb", NewestPostgres()))!;

    public static string Redis() => Find("redis", "redis-server", []);

    public static string RabbitMq() => Find("rabbitmq", "rabbitmq-server", [DebianRabbitMq]);

    public static string Epmd() => Find("rabbitmq", "epmd", []);

    /// <summary>Returns HAProxy's program; null if it is not installed.</summary>
    public static string? HaProxy() => Look("haproxy", []);

    /// <summary>Returns whether the programs of all three servers are installed.</summary>
    public static bool AreComplete() =>
        Look("initdb", NewestPostgres()) is not null && Look("redis-server", []) is not null
        && Look("rabbitmq-server", [DebianRabbitMq]) is not null && Look("epmd", []) is not null;

    private static IEnumerable<string> NewestPostgres() => !Directory.Exists(DebianPostgres) ? [] :
        Directory.EnumerateDirectories(DebianPostgres)
            .OrderByDescending(folder => int.TryParse(Path.GetFileName(folder), out var version) ? version : 0)
            .Select(folder => Path.Combine(folder, "bin"));

    private static string Find(string server, string program, IEnumerable<string> preferred) =>
        Look(program, preferred)
        ?? throw new ServerStartException(server, $"the program {program} is not installed.", [],
            "Install the packages postgresql, redis-server and rabbitmq-server (apt-get install), or start a Docker engine.");

    private static string? Look(string program, IEnumerable<string> preferred)
    {
        // On Debian, the PATH of ordinary users lacks the sbin folders.
        var path = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':', StringSplitOptions.RemoveEmptyEntries);
        return preferred.Concat(path).Concat(["/usr/sbin", "/usr/local/sbin"])
            .Select(folder => Path.Combine(folder, program))
            .FirstOrDefault(File.Exists);
    }
}
