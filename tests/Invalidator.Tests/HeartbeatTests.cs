using LastMile.Events.Messages;
using LastMile.Events.Redis;
using LastMile.Events.Testing;
using StackExchange.Redis;
using Xunit;

namespace Invalidator.Tests;

public sealed class HeartbeatTests(PurgingInvalidator running) : IClassFixture<PurgingInvalidator>
{
    [Fact]
    public async Task A_heartbeat_carries_the_primarys_identity_and_offset()
    {
        await using var primary = await ConnectionMultiplexer.ConnectAsync(running.World.Primary.Endpoint + ",allowAdmin=true");
        var server = primary.GetServers().Single();
        await running.Bus.ReceiveAsync<InvalidatorHeartbeat>("heartbeats");

        var before = await ReplicationInfo.ReadAsync(server);
        // Discards the heartbeats that have arrived, plus one that may have been in transit.
        for (var earlier = await running.Bus.CountAsync("heartbeats"); earlier >= 0; earlier--)
            await running.Bus.ReceivedAsync("heartbeats");
        var (_, heartbeat) = await running.Bus.ReceivedAsync("heartbeats");
        var after = await ReplicationInfo.ReadAsync(server);

        Assert.Equal(before.Identity, heartbeat.GetProperty("primaryId").GetString());
        Assert.InRange(heartbeat.GetProperty("primaryOffset").GetInt64(), before.Offset, after.Offset);
        Assert.Equal(1, heartbeat.GetProperty("epoch").GetInt64());
    }

    [Fact]
    public async Task A_primary_that_may_evict_generations_is_degraded_and_the_setting_is_named()
    {
        await using var primary = await ConnectionMultiplexer.ConnectAsync(running.World.Primary.Endpoint + ",allowAdmin=true");
        var server = primary.GetServers().Single();

        await server.ExecuteAsync("CONFIG", "SET", "maxmemory-policy", "allkeys-lfu");
        await Eventually.Async(
            ReadyAsync,
            ready => ready.Contains("'maxmemory-policy noeviction'", StringComparison.Ordinal)
                && ready.Contains("Degraded", StringComparison.Ordinal));
        await server.ExecuteAsync("CONFIG", "SET", "maxmemory-policy", "noeviction");

        await Eventually.Async(ReadyAsync, ready => !ready.Contains("maxmemory-policy", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_primary_that_is_nearly_full_is_degraded_and_logged_once_with_what_to_do()
    {
        await using var primary = await ConnectionMultiplexer.ConnectAsync(running.World.Primary.Endpoint + ",allowAdmin=true");
        var server = primary.GetServers().Single();
        var log = running.Invalidator.Log;
        // Waits until the log also shows the end of a degradation that another test caused.
        await Eventually.Async(
            () => log.Lines.LastOrDefault(line => line.Contains("redis-primary is ", StringComparison.Ordinal))
                ?.Contains("degraded", StringComparison.Ordinal) != true);
        var before = log.Lines.Count;
        // A short command fills so much memory that the memory of the clients' connections does not matter.
        await primary.GetDatabase().StringSetRangeAsync("filler", 20_000_000, "x");
        var used = (await MemoryInfo.ReadAsync(server)).Used;

        await server.ExecuteAsync("CONFIG", "SET", "maxmemory", used * 100 / 95);
        await Eventually.Async(
            ReadyAsync,
            ready => ready.Contains("% of its maxmemory", StringComparison.Ordinal)
                && ready.Contains("Degraded", StringComparison.Ordinal));
        var line = await log.HasAsync("Warning: redis-primary is degraded: ", before);
        await server.ExecuteAsync("CONFIG", "SET", "maxmemory", used * 100 / 80);
        await Eventually.Async(ReadyAsync, ready => !ready.Contains("maxmemory", StringComparison.Ordinal));
        await log.HasAsync("Information: redis-primary is healthy again", before);

        Assert.Contains("Raise maxmemory there.", line, StringComparison.Ordinal);
        Assert.Single(
            log.Lines.Skip(before), logged => logged.StartsWith("Warning: redis-primary is degraded: ", StringComparison.Ordinal));
        await server.ExecuteAsync("CONFIG", "SET", "maxmemory", "512mb");
        await primary.GetDatabase().KeyDeleteAsync("filler");
    }

    [Fact]
    public async Task A_primary_that_applications_fill_may_be_full_because_it_evicts_entries()
    {
        await using var primary = await ConnectionMultiplexer.ConnectAsync(running.World.Primary.Endpoint + ",allowAdmin=true");
        var server = primary.GetServers().Single();
        await primary.GetDatabase().StringSetRangeAsync("filler", 20_000_000, "x");
        await server.ExecuteAsync("CONFIG", "SET", "maxmemory-policy", "volatile-lru");
        await server.ExecuteAsync("CONFIG", "SET", "maxmemory", (await MemoryInfo.ReadAsync(server)).Used * 100 / 95);
        await Eventually.Async(ReadyAsync, ready => ready.Contains("% of its maxmemory", StringComparison.Ordinal));

        await primary.GetDatabase().StringSetAsync("entry", "cached", TimeSpan.FromMinutes(5));

        await Eventually.Async(ReadyAsync, ready => !ready.Contains("maxmemory", StringComparison.Ordinal));
        await server.ExecuteAsync("CONFIG", "SET", "maxmemory", "512mb");
        await server.ExecuteAsync("CONFIG", "SET", "maxmemory-policy", "noeviction");
        await primary.GetDatabase().KeyDeleteAsync(["filler", "entry"]);
    }

    private async Task<string> ReadyAsync() => (await running.Invalidator.GetAsync("/health/ready")).Body.ToString();
}
