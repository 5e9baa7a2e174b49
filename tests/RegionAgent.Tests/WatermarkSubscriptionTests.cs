using LastMile.Events.Hosting;
using LastMile.Events.Redis;
using LastMile.Events.RegionAgent.Observed;
using LastMile.Events.Testing;
using Microsoft.Extensions.Options;
using StackExchange.Redis;
using Xunit;

namespace RegionAgent.Tests;

public sealed class WatermarkSubscriptionTests(SharedServers servers)
{
    [Fact]
    public async Task The_agent_receives_watermarks_after_the_server_was_down_at_the_start_and_after_its_restart()
    {
        var redis = await servers.StartRedisAsync();
        await redis.Process.StopAsync();
        await using var connection = new RedisConnection(
            Options.Create(new RedisOptions { ConnectionString = redis.Endpoint + RegionWorld.GivesUpSoon }));
        var observed = new ObservedRegion(TimeProvider.System);
        using var subscription = new WatermarkSubscription(connection, observed);
        await subscription.StartAsync(TestContext.Current.CancellationToken);

        await redis.Process.StartAsync(TestContext.Current.CancellationToken);
        await ReceivedAsync(new Watermark(1, 1));
        await redis.Process.RestartAsync(TestContext.Current.CancellationToken);
        await ReceivedAsync(new Watermark(1, 2));

        await subscription.StopAsync(TestContext.Current.CancellationToken);

        async Task ReceivedAsync(Watermark watermark)
        {
            await using var publisher = await ConnectionMultiplexer.ConnectAsync(redis.Endpoint);
            var before = observed.Announcements;
            await Eventually.Async(async () =>
            {
                await publisher.GetSubscriber().PublishAsync(new RedisKeys().WatermarkChannel, watermark.ToString());
                return observed.Announcements > before;
            });
        }
    }
}
