using StackExchange.Redis;

namespace LastMile.Events.Redis;

/// <summary>The memory in use, the limit and the eviction policy of a Redis server (<c>INFO memory</c>).</summary>
/// <param name="Limit">The memory limit in bytes (<c>maxmemory</c>); 0 for no limit.</param>
/// <param name="Policy">The eviction policy (<c>maxmemory-policy</c>), such as <c>volatile-lru</c>.</param>
public sealed record MemoryInfo(long Limit, string Policy)
{
    /// <summary>The memory in use, in bytes, that the server counts against the limit: without replica buffers.</summary>
    public long Used { get; init; }

    /// <summary>
    /// Whether the server holds keys with a TTL that its policy evicts when it is full, such as cache entries. False if unknown:
    /// <see cref="ReadAsync"/> reads only the memory section, <see cref="ServerFacts.ReadAsync"/> reads all.
    /// </summary>
    public bool HasEvictableKeys { get; init; }

    /// <summary>The percentage of the limit in use; 0 without a limit.</summary>
    public long UsedPercent => Limit > 0 ? Used * 100 / Limit : 0;

    /// <summary>Whether at least 90 % of the limit is in use, so an operator should act.</summary>
    public bool IsNearlyFull => UsedPercent >= 90;

    /// <summary>Whether the server may evict keys without a TTL, such as tag generations.</summary>
    public bool EvictsKeysWithoutTtl => Limit > 0 && Policy.StartsWith("allkeys-", StringComparison.Ordinal);

    /// <summary>Reads the memory section of a server's <c>INFO</c>.</summary>
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
        var policy = fields.Text("maxmemory_policy");
        return new MemoryInfo(fields.Number("maxmemory"), policy)
        {
            // Such as db0:keys=12,expires=3,avg_ttl=0.
            HasEvictableKeys = policy.StartsWith("volatile-", StringComparison.Ordinal)
                && fields.Text("db0").Split(',').Any(
                    count => count.StartsWith("expires=", StringComparison.Ordinal) && count != "expires=0"),
            Used = fields.Number("used_memory") - fields.Number("mem_not_counted_for_evict"),
        };
    }
}
