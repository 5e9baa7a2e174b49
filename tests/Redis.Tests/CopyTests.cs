using LastMile.Events.Fabric;
using LastMile.Events.Redis;
using LastMile.Events.Testing;
using StackExchange.Redis;
using Xunit;

namespace Redis.Tests;

/// <summary>Tests that a replica's own INFO shows whether it copied its primary in full or resumed from its offset.</summary>
public sealed class CopyTests(SharedServers servers)
{
    private static readonly Dictionary<string, string> SmallBacklog = new(StringComparer.Ordinal) { ["repl-backlog-size"] = "20kb" };

    [Fact]
    public async Task A_full_copy_is_detected_and_a_partial_resync_is_not()
    {
        await using var pair = await LinkedPair.StartAsync(servers, SmallBacklog);
        await pair.Primary.StringSetAsync("before", "x");
        await pair.InSyncAsync();
        var first = await pair.ReadReplicationAsync();

        // Writes more than the backlog holds, in chunks that replicate while the link is up.
        for (var n = 0; n < 60; n++)
            await pair.Primary.StringSetAsync("filler", new string('x', 1_000));
        await pair.InSyncAsync();
        Assert.False((await pair.ReadReplicationAsync()).HasResyncedSince(first));

        pair.Link.Cut();
        await pair.Primary.StringSetAsync("meanwhile", "x");
        pair.Link.Mend();
        await pair.InSyncAsync();
        var second = await pair.ReadReplicationAsync();
        Assert.False(second.HasResyncedSince(first));

        // Writes more than the backlog holds while the link is cut.
        pair.Link.Cut();
        for (var n = 0; n < 60; n++)
            await pair.Primary.StringSetAsync("filler", new string('y', 1_000));
        pair.Link.Mend();
        await pair.InSyncAsync();
        var third = await pair.ReadReplicationAsync();
        Assert.True(third.HasResyncedSince(second));

        await pair.PrimaryServer.Process.KillAsync();
        await pair.PrimaryServer.Process.StartAsync();
        await pair.InSyncAsync();
        Assert.True((await pair.ReadReplicationAsync()).HasResyncedSince(third));
    }

    private sealed class LinkedPair(
        RedisServer primary, WanLink link, ConnectionMultiplexer primaryConnection, ConnectionMultiplexer replicaConnection)
        : IAsyncDisposable
    {
        public RedisServer PrimaryServer => primary;

        public WanLink Link => link;

        public IDatabase Primary => primaryConnection.GetDatabase();

        public static async Task<LinkedPair> StartAsync(SharedServers servers, IReadOnlyDictionary<string, string> config)
        {
            var primary = await servers.StartRedisAsync(config: config);
            var link = new WanLink(primary.Port);
            var replica = await servers.StartRedisAsync(RedisRole.Region, link.Port, config);
            return new LinkedPair(
                primary,
                link,
                await ConnectionMultiplexer.ConnectAsync(primary.Endpoint + ",abortConnect=false"),
                await ConnectionMultiplexer.ConnectAsync(replica.Endpoint + ",allowAdmin=true"));
        }

        public Task<ReplicationInfo> ReadReplicationAsync() => ReplicationInfo.ReadAsync(replicaConnection.GetServers().Single());

        /// <summary>Waits until the replica has caught up with the primary.</summary>
        public Task InSyncAsync() => Eventually.Async(async () =>
        {
            try
            {
                return (int)await Primary.ExecuteAsync("WAIT", 1, 100) == 1;
            }
            catch (RedisException)
            {
                return false;
            }
        });

        public async ValueTask DisposeAsync()
        {
            await primaryConnection.DisposeAsync();
            await replicaConnection.DisposeAsync();
            await link.DisposeAsync();
        }
    }
}
