using LastMile.Events.Bench.Contenders;
using LastMile.Events.Bench.Running;
using LastMile.Events.Redis;
using StackExchange.Redis;

namespace LastMile.Events.Bench.Replication;

/// <summary>Ways to drop keys that the primary does not hold.</summary>
internal sealed class PurgeWays
{
    /// <summary>The purge script, with batches as large as a busy outbox makes them.</summary>
    public const string By500 = "purge script, 500 a call";

    /// <summary>The purge script, with the largest batches that it accepts.</summary>
    public const string By5000 = "purge script, 5,000 a call";

    /// <summary>The whole system, from the commit on.</summary>
    public const string Whole = "LastMile, from a bulk update";

    private const string By50 = "purge script, 50 a call";
    private const string Each = "SET + UNLINK per key, 500 a call";
    private const string Del = "DEL per key: never arrives";

    private const long Epoch = 1;

    /// <summary>The products whose keys are dropped.</summary>
    public static int[] Products { get; } = [.. Enumerable.Range(1, 50_000)];

    private static readonly string[] Keys = Array.ConvertAll(Products, ProductKey.Of);

    private readonly BenchSystem system;
    private readonly CachedProducts cached;
    private readonly IDatabase primary;
    private readonly PurgeScript carrier;
    private readonly PurgeScript each;

    private PurgeWays(BenchSystem system, CachedProducts cached, IDatabase primary)
    {
        (this.system, this.cached, this.primary) = (system, cached, primary);
        var names = new RedisKeys("bench:");
        carrier = new PurgeScript(primary, names);
        each = new PurgeScript(primary, names) { Propagation = Propagation.Each };
    }

    /// <summary>The mean length of a key, in bytes.</summary>
    public static double KeyLength => Keys.Average(key => key.Length);

    /// <summary>The names of all ways; the first is the reference for the others.</summary>
    public static IReadOnlyList<string> Names { get; } = [By500, By5000, By50, Whole, Each, Del];

    public static async Task<PurgeWays> OpenAsync(BenchSystem system, CachedProducts cached, IDatabase primary)
    {
        var ways = new PurgeWays(system, cached, primary);
        await ways.carrier.OpenEpochAsync(Epoch);
        return ways;
    }

    /// <summary>Drops all the products' keys.</summary>
    /// <returns>Completes when the primary has run the commands; for the whole system, when the keys are gone in the regions.</returns>
    public Task PurgeAsync(string way, CancellationToken cancellationToken) => way switch
    {
        By50 => ApplyAsync(carrier, 50),
        By500 => ApplyAsync(carrier, 500),
        By5000 => ApplyAsync(carrier, 5_000),
        Each => ApplyAsync(each, 500),
        Del => DeleteAsync(),
        Whole => UpdateAsync(cancellationToken),
        _ => throw new ArgumentOutOfRangeException(nameof(way), way, message: null),
    };

    private static async Task ApplyAsync(PurgeScript script, int keysPerCall)
    {
        foreach (var keys in Keys.Chunk(keysPerCall))
            await script.ApplyAsync(Epoch, keys, []);
    }

    private async Task DeleteAsync()
    {
        // Sent by name, because the client's own method would send UNLINK.
        foreach (var keys in Keys.Chunk(500))
            await Task.WhenAll(keys.Select(key => primary.ExecuteAsync("DEL", (RedisKey)key)));
    }

    private async Task UpdateAsync(CancellationToken cancellationToken)
    {
        var update = $"update products set price = price + 1 where id <= {Products.Length}";
        await BenchSystem.ExecuteAsync(system.Database, update, cancellationToken);
        await cached.GoneAsync(Products.Length, Whole, cancellationToken);
    }
}
