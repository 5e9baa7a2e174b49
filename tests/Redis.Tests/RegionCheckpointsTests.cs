using LastMile.Events.Redis;
using LastMile.Events.Testing;
using StackExchange.Redis;
using Xunit;

namespace Redis.Tests;

/// <summary>A checkpoint moves only from where its agent left it.</summary>
public sealed class RegionCheckpointsTests(ReplicatedPair redis, SharedServers servers) : IClassFixture<ReplicatedPair>
{
    private readonly RedisKeys keys = redis.NewKeys();

    // As an agent is connected: such a connection refuses plain writes to a replica.
    private IDatabase Agents => redis.RegionSubscriber.Multiplexer.GetDatabase();

    [Fact]
    public async Task There_is_none_at_first_and_it_moves_step_by_step()
    {
        var checkpoints = Of(movesWatermark: false);
        var first = await checkpoints.ReadAsync();
        Assert.Equal((default, null), (first.Applied, first.Stream));

        var second = await checkpoints.MoveAsync(first, At(1), new StreamErrors("run", 7));
        var third = await checkpoints.MoveAsync(second, At(3), new StreamErrors("run", 8));

        Assert.Equal(new Checkpoint(At(3), first.Run) { Stream = new StreamErrors("run", 8) }, third);
        Assert.Equal(third, await checkpoints.ReadAsync());
        Assert.False(await redis.Region.KeyExistsAsync(keys.Watermark));
        Assert.Null(await redis.Region.KeyTimeToLiveAsync(keys.Applied));
    }

    [Fact]
    public async Task Of_an_independent_region_it_is_the_watermark_and_each_step_is_published()
    {
        var heard = await redis.RegionSubscriber.SubscribeAsync(keys.WatermarkChannel);
        var checkpoints = Of(movesWatermark: true);

        var place = await checkpoints.ReadAsync();
        foreach (var sequence in new long[] { 1, 3, 4 })
            place = await checkpoints.MoveAsync(place, At(sequence), null);
        // Left elsewhere, it is neither moved nor published.
        await checkpoints.MoveAsync(place with { Applied = At(3) }, At(5), null);
        await checkpoints.MoveAsync(place, At(6), null);

        Assert.Equal(["1-1", "1-3", "1-4", "1-6"], [await NextAsync(heard), await NextAsync(heard), await NextAsync(heard), await NextAsync(heard)]);
        Assert.Equal("1-6", await redis.Region.StringGetAsync(keys.Watermark));
        Assert.False(await redis.Region.KeyExistsAsync(keys.Stream));
    }

    [Theory]
    [InlineData("1-2")]
    [InlineData("1-9")]
    [InlineData("2-0")]
    public async Task Where_it_is_elsewhere_it_stays_and_the_caller_learns_where(string elsewhere)
    {
        var checkpoints = Of(movesWatermark: false);
        var left = await checkpoints.MoveAsync(await checkpoints.ReadAsync(), At(5), null);
        await redis.Region.StringSetAsync(keys.Applied, elsewhere);

        var found = await checkpoints.MoveAsync(left, At(6), null);

        Assert.Equal((elsewhere, left.Run), (found.Applied.ToString(), found.Run));
        Assert.Equal(elsewhere, await redis.Region.StringGetAsync(keys.Applied));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("rubbish")]
    public async Task Where_there_is_none_any_more_it_is_set(string? held)
    {
        var checkpoints = Of(movesWatermark: false);
        var left = await checkpoints.MoveAsync(await checkpoints.ReadAsync(), At(5), null);
        await redis.Region.StringSetAsync(keys.Applied, held);

        Assert.Equal(At(6), (await checkpoints.MoveAsync(left, At(6), null)).Applied);
    }

    [Fact]
    public async Task After_a_restart_with_a_copy_it_stays_though_its_place_is_the_same()
    {
        var server = await servers.StartRedisAsync();
        await using var connection = await ConnectionMultiplexer.ConnectAsync(server.Endpoint + ",allowAdmin=true,abortConnect=false");
        var checkpoints = new RegionCheckpoints(connection.GetDatabase(), keys, movesWatermark: true);
        var left = await checkpoints.MoveAsync(await checkpoints.ReadAsync(), At(5), null);
        await connection.GetServers()[0].ExecuteAsync("SAVE");
        // What is applied from here on is lost, and no place tells so.
        await server.Process.KillAsync();
        await server.Process.StartAsync(TestContext.Current.CancellationToken);

        var found = await Eventually.Async(async () => await TryMoveAsync(), moved => moved is not null);

        Assert.Equal(At(5), found!.Applied);
        Assert.NotEqual(left.Run, found.Run);
        Assert.Equal(At(6), (await checkpoints.MoveAsync(found, At(6), null)).Applied);

        async Task<Checkpoint?> TryMoveAsync()
        {
            try
            {
                return await checkpoints.MoveAsync(left, At(6), null);
            }
            catch (RedisException)
            {
                return null;
            }
        }
    }

    private static Watermark At(long sequence) => new(1, sequence);

    private static async Task<string?> NextAsync(ChannelMessageQueue heard) =>
        (await heard.ReadAsync(TestContext.Current.CancellationToken)).Message;

    private RegionCheckpoints Of(bool movesWatermark) => new(Agents, keys, movesWatermark);
}
