using LastMile.Events.Hosting;
using LastMile.Events.Redis;
using StackExchange.Redis;

namespace LastMile.Events.RegionAgent.Observed;

/// <summary>Listens to the region's Redis for each watermark; a replicated one comes after the deletes that it stands for.</summary>
internal sealed class WatermarkSubscription(RedisConnection connection, ObservedRegion observed) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var subscriber = await connection.SubscriberAsync();
        // Not awaited by the server's answer: the client subscribes when it has a connection, and again after each loss of it.
        await subscriber.SubscribeAsync(connection.Keys.WatermarkChannel, Announce, CommandFlags.FireAndForget);
    }

    private void Announce(RedisChannel channel, RedisValue text)
    {
        if (Watermark.TryParse(text, out _))
            observed.Announced();
    }
}
