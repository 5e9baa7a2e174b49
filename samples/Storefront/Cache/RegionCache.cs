using LastMile.Events.Redis;
using StackExchange.Redis;

namespace Storefront.Cache;

/// <summary>
/// Reads through the region's Redis, and never puts an old value back: before it reads the database it leaves a lease under the key, and
/// fills only where that lease still stands. A purge in between took it away.
/// </summary>
/// <remarks>
/// It writes by script alone: the region's Redis is a replica, and the client sends nothing else that writes to one.
/// See docs/regional-cache.md.
/// </remarks>
internal sealed partial class RegionCache(RegionRedis redis, RedisKeys names, RegionTrust trust, ILogger<RegionCache> logger)
{
    // Longer than a read of the database takes; a reader that dies keeps others from filling for so long.
    private static readonly TimeSpan LeaseTime = TimeSpan.FromSeconds(5);

    // Purges keep entries right; the time to live makes those go that nobody asks for, and lets Redis evict them.
    private static readonly TimeSpan TimeToLive = TimeSpan.FromHours(1);

    private static readonly string Lease = ReadScript("lease.lua");
    private static readonly string Fill = ReadScript("fill.lua");

    private bool answering = true;

    /// <summary>Reads a value from the cache, or else from the database, and then fills the cache.</summary>
    /// <param name="key">The key, as a purge rule gives it.</param>
    /// <param name="tags">The tags that the value depends on besides.</param>
    /// <param name="load">Reads the value from the database, as JSON; null when there is none, which is not cached.</param>
    public async Task<CacheRead> ReadAsync(string key, string[] tags, Func<Task<string?>> load)
    {
        // The tags' generations are read before the database is: a value can only look older than it is.
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

    /// <returns>The answer; default when Redis gives none.</returns>
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
        [LoggerMessage(LogLevel.Warning, "The region's Redis does not answer: reading from the database until it does. Check Redis:ConnectionString and the server.")]
        public static partial void NotAnswering(ILogger logger, Exception exception);

        [LoggerMessage(LogLevel.Information, "The region's Redis answers again.")]
        public static partial void Answering(ILogger logger);
    }
}
