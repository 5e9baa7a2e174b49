using LastMile.Events.Redis;
using LastMile.Events.Testing;
using StackExchange.Redis;
using Xunit;

namespace Redis.Tests;

/// <summary>Tests that an agent moves a checkpoint only if it is still where the agent left it.</summary>
public sealed class RegionCheckpointsTests(ReplicatedPair redis, SharedServers servers) : IClassFixture<ReplicatedPair>
{
    private readonly RedisKeys keys = redis.NewKeys();

    // Connects as an agent does. Such a connection refuses plain writes to a replica.
    private IDatabase AgentDatabase => redis.RegionSubscriber.Multiplexer.GetDatabase();

    [Fact]
    public async Task A_checkpoint_is_missing_at_first_and_moves_step_by_step()
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
    public async Task An_independent_regions_checkpoint_is_its_watermark_and_is_published()
    {
        var received = await redis.RegionSubscriber.SubscribeAsync(keys.WatermarkChannel);
        var checkpoints = Of(movesWatermark: true);

        var place = await checkpoints.ReadAsync();
        foreach (var sequence in new long[] { 1, 3, 4 })
            place = await checkpoints.MoveAsync(place, At(sequence), null);
        // A move from any other place neither changes nor publishes the checkpoint.
        await checkpoints.MoveAsync(place with { Applied = At(3) }, At(5), null);
        await checkpoints.MoveAsync(place, At(6), null);

        Assert.Equal(
            ["1-1", "1-3", "1-4", "1-6"],
            [await NextAsync(received), await NextAsync(received), await NextAsync(received), await NextAsync(received)]);
        Assert.Equal("1-6", await redis.Region.StringGetAsync(keys.Watermark));
        Assert.False(await redis.Region.KeyExistsAsync(keys.Stream));
    }

    [Theory]
    [InlineData("1-2")]
    [InlineData("1-9")]
    [InlineData("2-0")]
    public async Task A_checkpoint_at_another_place_stays_and_is_returned(string elsewhere)
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
    public async Task A_missing_or_malformed_checkpoint_is_set(string? held)
    {
        var checkpoints = Of(movesWatermark: false);
        var left = await checkpoints.MoveAsync(await checkpoints.ReadAsync(), At(5), null);
        await redis.Region.StringSetAsync(keys.Applied, held);

        Assert.Equal(At(6), (await checkpoints.MoveAsync(left, At(6), null)).Applied);
    }

    [Fact]
    public async Task A_checkpoint_does_not_move_after_the_server_restarts_with_a_copy()
    {
        var server = await servers.StartRedisAsync();
        await using var connection = await ConnectionMultiplexer.ConnectAsync(server.Endpoint + ",allowAdmin=true,abortConnect=false");
        var checkpoints = new RegionCheckpoints(connection.GetDatabase(), keys, movesWatermark: true);
        var left = await checkpoints.MoveAsync(await checkpoints.ReadAsync(), At(5), null);
        await connection.GetServers()[0].ExecuteAsync("SAVE");
        // Everything applied after the save is lost, and the checkpoint alone does not show it.
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

    private static async Task<string?> NextAsync(ChannelMessageQueue received) =>
        (await received.ReadAsync(TestContext.Current.CancellationToken)).Message;

    private RegionCheckpoints Of(bool movesWatermark) => new(AgentDatabase, keys, movesWatermark);
}
