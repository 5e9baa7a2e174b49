using LastMile.Events.Hosting;
using LastMile.Events.Redis;

namespace LastMile.Events.Invalidator.Purging;

/// <summary>The Redis primary, and how it propagates deletes.</summary>
internal sealed partial class Primary
{
    private readonly RedisConnection redis;
    private readonly ILogger<Primary> logger;
    private PurgeScript? script;
    private volatile string? probed;
    private string? seen;

    public Primary(RedisConnection redis, ILogger<Primary> logger)
    {
        (this.redis, this.logger) = (redis, logger);
        // Another server may answer now, and propagate otherwise.
        redis.Restored += (_, _) => Distrust();
    }

    /// <summary>The names of LastMile's own keys on the primary.</summary>
    public RedisKeys Keys => redis.Keys;

    // Gets the database on every call: the connection refuses it while the server is not trusted.
    public async ValueTask<PurgeScript> ScriptAsync()
    {
        var database = await redis.DatabaseAsync();
        return script ??= new PurgeScript(database, redis.Keys) { Propagation = Propagation.Each };
    }

    public async Task<PrefixScan> PrefixScanAsync() => new(await redis.DatabaseAsync(), redis.Keys);

    public async Task<ReplicationInfo> ReplicationAsync() => await ReplicationInfo.ReadAsync(await redis.ServerAsync());

    /// <summary>Reads what the server is, and logs it when it has changed.</summary>
    public async Task<ServerFacts> FactsAsync()
    {
        var facts = await ServerFacts.ReadAsync(await redis.ServerAsync());
        if (facts.ToString() is var text && text != seen)
        {
            seen = text;
            Log.Server(logger, redis.ToString(), text);
        }

        return facts;
    }

    /// <summary>
    /// Returns why the primary may lose the watermark and tag generations or refuse purges, and the remedy; null if neither applies.
    /// </summary>
    public string? Warning(ServerFacts facts) => facts.IsOld
        ? $"The Redis primary {redis} is {facts.Product} {facts.Version}, which is older than Redis 7.0. LastMile is not tested with it. "
            + "Upgrade it to Redis 7.0 or Valkey 7.2, or later."
        : Warning(facts.Memory);

    private string? Warning(MemoryInfo memory) => memory switch
    {
        { EvictsKeysWithoutTtl: true } =>
            $"The Redis primary {redis} may evict the watermark and tag generations ({redis.Keys.Prefix}*): "
                + $"its maxmemory-policy is {memory.Policy}. Set 'maxmemory-policy noeviction' there, "
                + "or volatile-lru if applications fill it.",
        { IsNearlyFull: true, HasEvictableKeys: false } =>
            $"The Redis primary {redis} uses {memory.UsedPercent} % of its maxmemory; a full one refuses purges. Raise maxmemory there. "
                + "Old tag generations are deleted after Invalidator:LongestEntryLifetime, unless a region is silent or lags: "
                + "repair that region, or remove one that was taken down (DELETE /regions/{name}).",
        _ => null,
    };

    /// <summary>Writes the database's identity to the primary if it is missing there. Agents read it from replicas.</summary>
    /// <param name="identity">The <see cref="DatabaseIdentity"/>.</param>
    public async Task MarkAsync(string identity)
    {
        var database = await redis.DatabaseAsync();
        if (await database.StringGetAsync(redis.Keys.Database) != identity)
            await database.StringSetAsync(redis.Keys.Database, identity);
    }

    /// <summary>
    /// Tests whether the primary propagates a carrier's delete unchanged: once for each server that becomes the primary, as soon as a
    /// replica is attached. Until then, each key is set before it is deleted, which every server propagates.
    /// </summary>
    /// <param name="identity">The server's <see cref="ReplicationInfo.Identity"/>.</param>
    public async Task ProbeAsync(string identity)
    {
        if (probed == identity)
            return;
        Distrust();
        if (await CarrierProbe.RunAsync(await redis.ServerAsync(), await redis.DatabaseAsync(), redis.Keys) is not { } propagation)
            return;

        (await ScriptAsync()).Propagation = propagation;
        probed = identity;
        if (propagation == Propagation.Carrier)
            Log.Carrier(logger);
        else
            Log.Each(logger);
    }

    private void Distrust()
    {
        probed = null;
        script?.Propagation = Propagation.Each;
    }

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Information, Message = "The Redis primary {Address} is {Server}")]
        public static partial void Server(ILogger logger, string address, string server);

        [LoggerMessage(
            Level = LogLevel.Information,
            Message = "The primary propagates a carrier's delete unchanged, "
                + "so purges cost the replication link little more than their keys")]
        public static partial void Carrier(ILogger logger);

        [LoggerMessage(
            Level = LogLevel.Warning,
            Message = "The primary rewrites the deletes that it propagates, so each key is set before it is deleted. "
                + "Purges remain correct, but cost the replication link several times as much. A plain Redis primary does not do this")]
        public static partial void Each(ILogger logger);
    }
}
