using LastMile.Events.Redis;

namespace LastMile.Events.Tool.Doctor.Facts;

/// <summary>The state of a Redis server, as a service sees it.</summary>
internal sealed record RedisFacts
{
    /// <summary>The address, without secrets.</summary>
    public required string Address { get; init; }

    /// <summary>The user that the service logs in as.</summary>
    public required string User { get; init; }

    /// <summary>Whether the user is an application's.</summary>
    public bool IsApplication { get; init; }

    /// <summary>Whether the server may be a cluster: that of an independent region.</summary>
    public bool MayBeCluster { get; init; }

    /// <summary>The prefix of LastMile's keys.</summary>
    public required string KeyPrefix { get; init; }

    /// <summary>Unknown if the login fails; true if it succeeds.</summary>
    public required Fact<bool> Login { get; init; }

    /// <summary>The server's state.</summary>
    public required Fact<RedisInfo> Info { get; init; }

    /// <summary>The commands that the service needs and the server refuses.</summary>
    public required Fact<IReadOnlyList<string>> RefusedCommands { get; init; }

    /// <summary>The watermark; <c>default</c> for none.</summary>
    public required Fact<Watermark> Watermark { get; init; }

    /// <summary>The identity of the database whose purges the server holds; null for none.</summary>
    public required Fact<string?> Database { get; init; }

    /// <summary>Whether the marker <c>lm:main:sound</c> of the region's agent is valid.</summary>
    public required Fact<bool> IsSound { get; init; }

    /// <summary>Whether the server accepts clients without a password.</summary>
    public required Fact<OpenAccess> Open { get; init; }

    /// <summary>The settings that only an operator may read; unknown without an operator's login.</summary>
    public required Fact<IReadOnlyDictionary<string, string>> Config { get; init; }

    /// <summary>The number of keys without a TTL that are not LastMile's; unknown for large databases.</summary>
    public required Fact<long> KeysWithoutTtl { get; init; }

    /// <summary>The number of purges that a region lacks two seconds after they were made; unknown if a server is unreachable.</summary>
    public Fact<long> Behind { get; init; } = Fact<long>.Unknown("The primary and the region were not compared.");
}

/// <summary>Which clients a Redis server accepts without a password.</summary>
internal enum OpenAccess
{
    /// <summary>None.</summary>
    Closed,

    /// <summary>Only clients of its own machine.</summary>
    OwnMachine,

    /// <summary>Every client that reaches it.</summary>
    Everyone,
}

/// <summary>The reply of <c>INFO</c>.</summary>
/// <param name="Fields">The fields.</param>
/// <param name="ClockOffset">How far the server's clock is ahead of this machine's.</param>
internal sealed record RedisInfo(IReadOnlyDictionary<string, string> Fields, TimeSpan ClockOffset)
{
    /// <summary>The version; for Valkey, the compatible version of Redis.</summary>
    public Version Version => Version.TryParse(Text("redis_version"), out var version) ? version : new Version(0, 0);

    /// <summary>Whether the server is a node of a cluster.</summary>
    public bool IsCluster => Text("cluster_enabled") == "1";

    /// <summary>Whether the server is a primary, or independent.</summary>
    public bool IsPrimary => Text("role") == "master";

    /// <summary>The address of a replica's primary.</summary>
    public string PrimaryAddress => $"{Text("master_host")}:{Text("master_port")}";

    /// <summary>Whether a replica is connected to its primary.</summary>
    public bool LinkUp => Text("master_link_status") == "up";

    /// <summary>The eviction policy.</summary>
    public string Policy => Text("maxmemory_policy");

    /// <summary>The memory limit in bytes; 0 for none.</summary>
    public long MaxMemory => Number("maxmemory");

    /// <summary>The percentage of the limit in use; 0 without a limit.</summary>
    public long UsedPercent => MaxMemory > 0 ? (Number("used_memory") - Number("mem_not_counted_for_evict")) * 100 / MaxMemory : 0;

    /// <summary>Parses a reply.</summary>
    public static RedisInfo Parse(string reply, TimeSpan clockOffset) => new(
        reply.Split('\n', StringSplitOptions.TrimEntries)
            .Select(line => line.Split(':', 2))
            .Where(pair => pair.Length == 2)
            .GroupBy(pair => pair[0], pair => pair[1], StringComparer.Ordinal)
            .ToDictionary(field => field.Key, field => field.First(), StringComparer.Ordinal),
        clockOffset);

    /// <summary>Returns a field's text; empty if the field is missing.</summary>
    public string Text(string name) => Fields.GetValueOrDefault(name, "");

    /// <summary>Returns a field's number; 0 if the field is missing or not a number.</summary>
    public long Number(string name) => long.TryParse(Text(name), out var number) ? number : 0;
}
