using StackExchange.Redis;

namespace LastMile.Events.Redis;

/// <summary>What a Redis server does when its memory is full (<c>INFO memory</c>).</summary>
/// <param name="Limit">The most memory in bytes (<c>maxmemory</c>); 0 for no limit.</param>
/// <param name="Policy">The eviction policy (<c>maxmemory-policy</c>), such as <c>volatile-lru</c>.</param>
public sealed record MemoryInfo(long Limit, string Policy)
{
    /// <summary>Whether it may evict keys that have no TTL, as tag generations are.</summary>
    public bool EvictsLasting => Limit > 0 && Policy.StartsWith("allkeys-", StringComparison.Ordinal);

    /// <summary>Reads it from a server.</summary>
    /// <param name="server">The server, as for <see cref="ReplicationInfo.ReadAsync"/>.</param>
    /// <exception cref="RedisException">The server did not answer.</exception>
    public static async Task<MemoryInfo> ReadAsync(IServer server)
    {
        ArgumentNullException.ThrowIfNull(server);
        return Parse((string?)await server.ExecuteAsync("INFO", "memory") ?? "");
    }

    internal static MemoryInfo Parse(string info)
    {
        var fields = new InfoText(info);
        return new MemoryInfo(fields.Number("maxmemory"), fields.Text("maxmemory_policy"));
    }
}
