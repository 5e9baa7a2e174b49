using LastMile.Events.Fabric;
using LastMile.Events.Redis;
using LastMile.Events.Testing;
using StackExchange.Redis;
using Xunit;

namespace Redis.Tests;

/// <summary>Whether a replica has copied its primary in full, or gone on where it was: as its own server tells afterwards.</summary>
public sealed class CopyTests(SharedServers servers)
{
    private static readonly Dictionary<string, string> SmallBacklog = new(StringComparer.Ordinal) { ["repl-backlog-size"] = "20kb" };

    [Fact]
    public async Task A_line_that_comes_back_is_no_copy_and_a_primary_that_comes_back_empty_is_one()
    {
        await using var pair = await CutPair.StartAsync(servers, SmallBacklog);
        await pair.Primary.StringSetAsync("before", "x");
        await pair.InSyncAsync();
        var first = await pair.LookAsync();

        // More than a backlog holds, in pieces that the line carries well.
        for (var n = 0; n < 60; n++)
            await pair.Primary.StringSetAsync("filler", new string('x', 1_000));
        await pair.InSyncAsync();
        Assert.False((await pair.LookAsync()).WasCopiedSince(first));

        pair.Line.Cut();
        await pair.Primary.StringSetAsync("meanwhile", "x");
        pair.Line.Mend();
        await pair.InSyncAsync();
        var second = await pair.LookAsync();
        Assert.False(second.WasCopiedSince(first));

        // More than the backlog holds, while the line is cut.
        pair.Line.Cut();
        for (var n = 0; n < 60; n++)
            await pair.Primary.StringSetAsync("filler", new string('y', 1_000));
        pair.Line.Mend();
        await pair.InSyncAsync();
        var third = await pair.LookAsync();
        Assert.True(third.WasCopiedSince(second));

        await pair.PrimaryServer.Process.KillAsync();
        await pair.PrimaryServer.Process.StartAsync();
        await pair.InSyncAsync();
        Assert.True((await pair.LookAsync()).WasCopiedSince(third));
    }

    private sealed class CutPair(RedisServer primary, WanLink line, ConnectionMultiplexer there, ConnectionMultiplexer here) : IAsyncDisposable
    {
        public RedisServer PrimaryServer => primary;

        public WanLink Line => line;

        public IDatabase Primary => there.GetDatabase();

        public static async Task<CutPair> StartAsync(SharedServers servers, IReadOnlyDictionary<string, string> config)
        {
            var primary = await servers.StartRedisAsync(config: config);
            var line = new WanLink(primary.Port);
            var replica = await servers.StartRedisAsync(RedisRole.Region, line.Port, config);
            return new CutPair(
                primary,
                line,
                await ConnectionMultiplexer.ConnectAsync(primary.Endpoint + ",abortConnect=false"),
                await ConnectionMultiplexer.ConnectAsync(replica.Endpoint + ",allowAdmin=true"));
        }

        public Task<ReplicationInfo> LookAsync() => ReplicationInfo.ReadAsync(here.GetServers().Single());

        /// <summary>Returns when the replica has what the primary has.</summary>
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
            await there.DisposeAsync();
            await here.DisposeAsync();
            await line.DisposeAsync();
        }
    }
}
