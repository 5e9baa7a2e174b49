using LastMile.Events.Bench.Cache.Processes;
using LastMile.Events.Bench.Contenders;
using LastMile.Events.Bench.Results;
using LastMile.Events.Bench.Running;
using StackExchange.Redis;

namespace LastMile.Events.Bench.Cache.Staleness;

/// <summary>
/// Measures how often and how long readers receive values that a commit has replaced, while rows change and the system purges their keys.
/// </summary>
internal static class StaleReads
{
    private const int ChangesPerSecond = 100;
    private const int Readers = 8;

    /// <summary>The setup, as shown in the report.</summary>
    public static readonly string Setup =
        $"{ChangesPerSecond} changes/s of {ProductVersions.Count} products, whose keys the system purges for all contenders; "
        + $"{Readers} readers in two processes; expiration 60 s, in memory 5 s; "
        + "a read is stale if a newer commit was acknowledged before the read began; each turn starts with empty caches";

    private static readonly string Unlink = Resource.Read("unlink.lua");

    /// <summary>Compares all contenders.</summary>
    public static async Task<StaleComparison> CompareAsync(BenchSystem system, Rounds rounds, CancellationToken cancellationToken)
    {
        await using var redis = await RedisAdmin.ConnectAsync(system.Servers.Regions[0].Redis);
        var comparisons = await Comparison.MeasureAsync(
            [
                new("stale reads under writes", "% of reads"),
                new("longest age of a stale read", "ms"),
                new("reads under writes that loaded nothing", "% of reads"),
            ],
            CacheProcesses.Names,
            rounds,
            async name =>
            {
                await system.AnnouncedAsync(cancellationToken);
                await redis.Database.ScriptEvaluateAsync(
                    Unlink, [.. Enumerable.Range(1, ProductVersions.Count).Select(id => (RedisKey)ProductKey.Of(id))]);
                var contender = CacheContender.All.First(one => one.Name == name);
                return await TurnAsync(system, contender, rounds.Slice, cancellationToken);
            });
        return new StaleComparison(comparisons[0], comparisons[1], comparisons[2]);
    }

    private static async Task<IReadOnlyList<double>> TurnAsync(
        BenchSystem system, CacheContender contender, TimeSpan duration, CancellationToken cancellationToken)
    {
        await using var products = new ProductVersions(system.Database);
        var region = system.Servers.Regions[0].Redis;
        await using var one = await contender.StartAsync(region, CacheTimes.Brief, cancellationToken);
        await using var other = await contender.StartAsync(region, CacheTimes.Brief, cancellationToken);

        using var stopping = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var readers = Enumerable.Range(0, Readers).Select(i => new Reader(i % 2 == 0 ? one : other, products)).ToArray();
        var reading = Task.WhenAll(readers.Select(reader => Task.Run(() => reader.RunAsync(stopping.Token), cancellationToken)));
        var changes = Enumerable.Range(0, (int)(ChangesPerSecond * duration.TotalSeconds))
            .Select(_ => Random.Shared.Next(1, ProductVersions.Count + 1));
        await Load.RunAsync(ChangesPerSecond, [.. changes], id => products.ChangeAsync(id, cancellationToken));
        await stopping.CancelAsync();
        await reading;

        double reads = readers.Sum(reader => reader.Reads);
        return
        [
            readers.Sum(reader => reader.Stale) / reads * 100,
            readers.Max(reader => reader.Longest).TotalMilliseconds,
            (1 - (readers.Sum(reader => reader.Loads) / reads)) * 100,
        ];
    }
}

/// <summary>How old the values are that readers receive under writes.</summary>
/// <param name="Share">The share of stale reads.</param>
/// <param name="Longest">The longest age of a stale read in each round.</param>
/// <param name="Cached">The share of reads that a cache answered: without caching, no read would be stale.</param>
internal sealed record StaleComparison(Comparison Share, Comparison Longest, Comparison Cached);
