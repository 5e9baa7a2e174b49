using LastMile.Events.Redis;
using StackExchange.Redis;

namespace Storefront.Cache;

/// <summary>
/// Reads through the region's Redis and never restores an old value: it stores a lease under the key before it reads the database, and
/// fills the entry only if that lease is still there. A purge in between deletes the lease.
/// </summary>
/// <remarks>
/// Writes only by script, because the region's Redis is a replica and StackExchange.Redis sends no other write to one.
/// See docs/regional-cache.md.
/// </remarks>
internal sealed partial class RegionCache(RegionRedis redis, RedisKeys names, RegionTrust trust, ILogger<RegionCache> logger)
{
    // Longer than a database read takes. A reader that crashes keeps others from filling the entry for this long.
    private static readonly TimeSpan LeaseTime = TimeSpan.FromSeconds(5);

    // Purges keep entries correct. The TTL removes unused entries, and the region's Redis evicts only keys that have one.
    private static readonly TimeSpan TimeToLive = TimeSpan.FromHours(1);

    private static readonly string Lease = ReadScript("lease.lua");
    private static readonly string Fill = ReadScript("fill.lua");

    private bool answering = true;

    /// <summary>Reads a value from the cache; on a miss, reads it from the database and fills the cache.</summary>
    /// <param name="key">The key, as a purge rule renders it.</param>
    /// <param name="tags">The tags that the value also depends on.</param>
    /// <param name="load">Reads the value from the database as JSON; returns null if there is none, which is not cached.</param>
    public async Task<CacheRead> ReadAsync(string key, string[] tags, Func<Task<string?>> load)
    {
        // Read the tags' generations before the database: then a value can look older than it is, never newer.
        if (!trust.Trusted || await ExecuteAsync(db => db.StringGetAsync([key, .. tags.Select(names.Tag)])) is not { } found)
            return new(await load(), Hit: false);

        var stored = (string?)found[0] ?? "";
        var header = CacheEntry.Header(tags, found.Skip(1).Select(generation => (string?)generation));
        if (stored.StartsWith(header, StringComparison.Ordinal))
            return new(stored[header.Length..], Hit: true);

        var lease = CacheEntry.LeasePrefix + Guid.NewGuid().ToString("N");
        var leased = await EvaluateAsync(Lease, key, lease, (long)LeaseTime.TotalMilliseconds, stored);
        var body = await load();
        if (leased && body is not null)
            await EvaluateAsync(Fill, key, lease, header + body, (long)TimeToLive.TotalMilliseconds);

        return new(body, Hit: false);
    }

    private async Task<bool> EvaluateAsync(string script, string key, params RedisValue[] arguments) =>
        await ExecuteAsync(async db => (int)await db.ScriptEvaluateAsync(script, [key], arguments)) == 1;

    /// <returns>The answer; default if Redis does not answer.</returns>
    private async Task<T?> ExecuteAsync<T>(Func<IDatabase, Task<T>> command)
    {
        try
        {
            var answer = await command(await redis.DatabaseAsync());
            if (!Interlocked.Exchange(ref answering, true))
                Log.Answering(logger);

            return answer;
        }
        catch (Exception e) when (e is RedisException or TimeoutException)
        {
            if (Interlocked.Exchange(ref answering, false))
                Log.NotAnswering(logger, e);

            return default;
        }
    }

    private static string ReadScript(string name)
    {
        using var stream = typeof(RegionCache).Assembly.GetManifestResourceStream(name)!;
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }

    private static partial class Log
    {
        [LoggerMessage(
            LogLevel.Warning,
            "The region's Redis does not answer. Reading from the database until it does. Check Redis:ConnectionString and the server.")]
        public static partial void NotAnswering(ILogger logger, Exception exception);

        [LoggerMessage(LogLevel.Information, "The region's Redis answers again.")]
        public static partial void Answering(ILogger logger);
    }
}
