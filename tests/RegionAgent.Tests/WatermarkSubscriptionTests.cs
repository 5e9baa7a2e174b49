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
    public async Task Watermarks_are_heard_of_a_server_that_was_down_at_the_start_and_of_one_that_was_restarted()
    {
        var redis = await servers.StartRedisAsync();
        await redis.Process.StopAsync();
        await using var connection = new RedisConnection(Options.Create(new RedisOptions { ConnectionString = redis.Endpoint + RegionWorld.GivesUpSoon }));
        var observed = new ObservedRegion(TimeProvider.System);
        using var subscription = new WatermarkSubscription(connection, observed);
        await subscription.StartAsync(TestContext.Current.CancellationToken);

        await redis.Process.StartAsync(TestContext.Current.CancellationToken);
        await HeardAsync(new Watermark(1, 1));
        await redis.Process.RestartAsync(TestContext.Current.CancellationToken);
        await HeardAsync(new Watermark(1, 2));

        await subscription.StopAsync(TestContext.Current.CancellationToken);

        async Task HeardAsync(Watermark watermark)
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
