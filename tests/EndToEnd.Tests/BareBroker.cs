using RabbitMQ.Client;

namespace LastMile.Events.EndToEnd.Tests;

/// <summary>The broker without LastMile: it writes each message to disk in one quorum queue per region.</summary>
internal sealed class BareBroker : IAsyncDisposable
{
    private const string Name = "bare";

    private readonly IConnection connection;
    private readonly IChannel channel;
    private readonly IReadOnlyList<string> queues;

    private BareBroker(IConnection connection, IChannel channel, IReadOnlyList<string> queues) =>
        (this.connection, this.channel, this.queues) = (connection, channel, queues);

    public static async Task<BareBroker> OpenAsync(Uri broker, int queues)
    {
        var opened = await new ConnectionFactory { Uri = broker }.CreateConnectionAsync();
        var confirmed = new CreateChannelOptions(publisherConfirmationsEnabled: true, publisherConfirmationTrackingEnabled: true);
        var bare = new BareBroker(
            opened, await opened.CreateChannelAsync(confirmed), [.. Enumerable.Range(1, queues).Select(n => $"{Name}.{n}")]);
        await bare.DeclareAsync();
        return bare;
    }

    /// <summary>Publishes a message and waits for the broker's confirmation.</summary>
    public async Task PublishAsync() =>
        await channel.BasicPublishAsync(
            Name, routingKey: "", mandatory: true, new BasicProperties { Persistent = true }, body: new byte[200]);

    public async ValueTask DisposeAsync()
    {
        foreach (var queue in queues)
            await channel.QueueDeleteAsync(queue);
        await channel.DisposeAsync();
        await connection.DisposeAsync();
    }

    private async Task DeclareAsync()
    {
        await channel.ExchangeDeclareAsync(Name, ExchangeType.Fanout, durable: false, autoDelete: true);
        foreach (var queue in queues)
        {
            await channel.QueueDeclareAsync(
                queue,
                durable: true,
                exclusive: false,
                autoDelete: false,
                new Dictionary<string, object?>(StringComparer.Ordinal) { ["x-queue-type"] = "quorum" });
            await channel.QueueBindAsync(queue, Name, routingKey: "");
        }
    }
}
