using StackExchange.Redis;

namespace LastMile.Events.Redis;

/// <summary>How full a Redis server is, and what it does when its memory is full (<c>INFO memory</c>).</summary>
/// <param name="Limit">The most memory in bytes (<c>maxmemory</c>); 0 for no limit.</param>
/// <param name="Policy">The eviction policy (<c>maxmemory-policy</c>), such as <c>volatile-lru</c>.</param>
public sealed record MemoryInfo(long Limit, string Policy)
{
    /// <summary>The memory in use, in bytes, as the server compares it with the limit: without the buffers of its replicas.</summary>
    public long Used { get; init; }

    /// <summary>How much of the limit is in use, in percent; 0 without a limit.</summary>
    public long UsedPercent => Limit > 0 ? Used * 100 / Limit : 0;

    /// <summary>Whether so much of the limit is in use that an operator should act.</summary>
    public bool IsNearlyFull => UsedPercent >= 90;

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
        return new MemoryInfo(fields.Number("maxmemory"), fields.Text("maxmemory_policy"))
        {
            Used = fields.Number("used_memory") - fields.Number("mem_not_counted_for_evict"),
        };
    }
}
