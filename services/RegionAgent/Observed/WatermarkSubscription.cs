using LastMile.Events.Hosting;
using LastMile.Events.Redis;
using StackExchange.Redis;

namespace LastMile.Events.RegionAgent.Observed;

/// <summary>Subscribes to watermarks on the region's Redis. A replicated watermark arrives after the deletes that it proves.</summary>
internal sealed class WatermarkSubscription(RedisConnection connection, ObservedRegion observed) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var subscriber = await connection.SubscriberAsync();
        // Don't wait for the server: the client subscribes when it is connected, and again after each reconnect.
        await subscriber.SubscribeAsync(connection.Keys.WatermarkChannel, Announce, CommandFlags.FireAndForget);
    }

    private void Announce(RedisChannel channel, RedisValue text)
    {
        if (Watermark.TryParse(text, out _))
            observed.Announced();
    }
}
