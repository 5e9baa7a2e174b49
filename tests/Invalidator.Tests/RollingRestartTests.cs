using System.Collections.Concurrent;
using System.Diagnostics;
using LastMile.Events.Testing;
using StackExchange.Redis;
using Xunit;

namespace Invalidator.Tests;

/// <summary>Tests the restart of two Invalidators, one after the other, while changes continue.</summary>
[Collection<Alone>, MeasuresTime]
public sealed class RollingRestartTests(SharedServers servers)
{
    private static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(5);

    private readonly ConcurrentDictionary<string, long> committedAt = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, long> deletedAt = new(StringComparer.Ordinal);

    // The longest time that this process waited for a processor. On a busy machine, the Invalidators wait too.
    private TimeSpan stall;

    [Fact]
    public async Task No_purge_is_late_by_more_than_a_second()
    {
        await using var world = await World.CreateAsync(servers);
        await using var first = await InvalidatorProcess.StartAsync(world);
        await using var second = await InvalidatorProcess.StartAsync(world);
        await using var subscribed = await SubscribeAsync(world);
        using var restarted = new CancellationTokenSource();
        var changing = ChangeAsync(world, restarted.Token);

        foreach (var invalidator in new[] { first, second })
        {
            await Eventually.Async(() => deletedAt.Keys.Any(key => key.StartsWith("product:", StringComparison.Ordinal)));
            await invalidator.Process.StopAsync();
            await invalidator.Process.StartAsync();
        }

        await restarted.CancelAsync();
        await changing;
        await Eventually.Async(() => committedAt.Keys.All(deletedAt.ContainsKey));
        var taken = committedAt.Select(change => Stopwatch.GetElapsedTime(change.Value, deletedAt[change.Key])).ToList();
        Assert.InRange(taken.Max(), TimeSpan.MinValue, TimeSpan.FromSeconds(1) + stall);
    }

    // Subscribes to the notifications of the keys that the region deletes.
    private async Task<ConnectionMultiplexer> SubscribeAsync(World world)
    {
        var redis = await ConnectionMultiplexer.ConnectAsync(world.RegionServer.Endpoint + ",allowAdmin=true");
        await redis.GetServers()[0].ConfigSetAsync("notify-keyspace-events", "Eg");
        await redis.GetSubscriber().SubscribeAsync(
            RedisChannel.Literal("__keyevent@0__:del"), (_, key) => deletedAt.TryAdd(key!, Stopwatch.GetTimestamp()));
        return redis;
    }

    private async Task ChangeAsync(World world, CancellationToken until)
    {
        for (var n = 1; !until.IsCancellationRequested; n++)
        {
            await world.CacheAsync($"product:{n}");
            await world.ExecuteAsync($"insert into products values ({n}, 's{n}', 1)");
            committedAt[$"product:{n}"] = Stopwatch.GetTimestamp();
            var paused = Stopwatch.GetTimestamp();
            await Task.Delay(Pace, CancellationToken.None);
            if (Stopwatch.GetElapsedTime(paused) - Pace is var late && late > stall)
                stall = late;
        }
    }
}
