using LastMile.Events.Fabric;
using LastMile.Events.Testing;
using StackExchange.Redis;

namespace Invalidator.Tests;

/// <summary>
/// Many entries <c>item:1</c>, <c>item:2</c> and so on in the Redis of several regions. A lost purge leaves at least one of them behind.
/// </summary>
internal sealed class CachedItems : IAsyncDisposable
{
    private const int FilledAtOnce = 100_000;
    private const string Fill = "for i = ARGV[1], ARGV[2] do redis.call('SET', 'item:' .. i, '1') end";
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);

    private readonly List<ConnectionMultiplexer> regions = [];

    /// <summary>Fills the regions with entries that their primary does not hold.</summary>
    public static async Task<CachedItems> FillAsync(int count, params RedisServer[] regions)
    {
        var items = new CachedItems();
        foreach (var region in regions)
        {
            var redis = await ConnectionMultiplexer.ConnectAsync(region.Endpoint);
            items.regions.Add(redis);
            for (var first = 1; first <= count; first += FilledAtOnce)
                await redis.GetDatabase().ScriptEvaluateAsync(Fill, values: [first, Math.Min(count, first + FilledAtOnce - 1)]);
        }

        return items;
    }

    /// <summary>Waits until no region holds any of the entries.</summary>
    public async Task GoneAsync()
    {
        foreach (var server in regions.Select(region => region.GetServers()[0]))
        {
            // First waits until the database is small, because a scan of all keys in each poll would take longer than the purge.
            await Eventually.Async(async () => await server.DatabaseSizeAsync() < FilledAtOnce, Deadline);
            await Eventually.Async(
                async () => await server.KeysAsync(pattern: "item:*", pageSize: 10_000).CountAsync(),
                left => left == 0,
                Deadline,
                "no item left");
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var region in regions)
            await region.DisposeAsync();
    }
}
