using System.Text.Json;
using RabbitMQ.Client;
using RabbitMQ.Client.Events;
using RabbitMQ.Client.Exceptions;

namespace LastMile.Events.Chaos.Load;

/// <summary>
/// The bus for a program without LastMile's or MassTransit's code: messages are JSON in the envelope that
/// https://masstransit.io/documentation/concepts/messages describes.
/// </summary>
internal sealed class Broker : IAsyncDisposable
{
    private const string Namespace = "LastMile.Events.Messages:";
    private static readonly TimeSpan Confirmation = TimeSpan.FromSeconds(3);
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web);

    private readonly ConnectionFactory factory;
    private readonly SemaphoreSlim opening = new(1, 1);
    private IConnection? connection;
    private IChannel? publishing;

    public Broker(Uri uri) => factory = new ConnectionFactory
    {
        Uri = uri,
        ClientProvidedName = "chaos",
        RequestedHeartbeat = TimeSpan.FromSeconds(4),
        NetworkRecoveryInterval = TimeSpan.FromMilliseconds(500),
        RequestedConnectionTimeout = TimeSpan.FromSeconds(3),
        ContinuationTimeout = TimeSpan.FromSeconds(5),
    };

    /// <summary>Publishes a message; returns when the broker has written it to disk and confirmed it.</summary>
    public async Task PublishAsync(string type, object message, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(Confirmation);
        var envelope = new { messageId = Guid.NewGuid(), messageType = new[] { "urn:message:" + Namespace + type }, message };
        var properties = new BasicProperties { Persistent = true, ContentType = "application/vnd.masstransit+json" };
        var channel = await PublishingAsync(limit.Token);
        // Mandatory, so that a message that reaches no queue is an error.
        await channel.BasicPublishAsync(
            Namespace + type, "", mandatory: true, properties, JsonSerializer.SerializeToUtf8Bytes(envelope, Json), limit.Token);
    }

    /// <summary>
    /// Receives every message of some types, one at a time. The queue is durable, so a lost connection loses no message.
    /// </summary>
    /// <param name="queue">The queue's name.</param>
    /// <param name="types">The message types.</param>
    /// <param name="received">Called with the type and the whole envelope.</param>
    /// <param name="cancellationToken">Cancels the subscription's setup.</param>
    public async Task ListenAsync(string queue, string[] types, Action<string, JsonElement> received, CancellationToken cancellationToken)
    {
        var channel = await (await ConnectionAsync(cancellationToken)).CreateChannelAsync(cancellationToken: cancellationToken);
        await channel.QueueDeclareAsync(queue, durable: true, exclusive: false, autoDelete: false, cancellationToken: cancellationToken);
        foreach (var type in types)
        {
            await channel.ExchangeDeclareAsync(Namespace + type, ExchangeType.Fanout, durable: true, cancellationToken: cancellationToken);
            await channel.QueueBindAsync(queue, Namespace + type, "", cancellationToken: cancellationToken);
        }

        var consumer = new AsyncEventingBasicConsumer(channel);
        consumer.ReceivedAsync += async (sender, delivery) =>
        {
            using var envelope = JsonDocument.Parse(delivery.Body);
            received(delivery.Exchange[Namespace.Length..], envelope.RootElement.Clone());
            var receiving = ((AsyncEventingBasicConsumer)sender).Channel;
            await receiving.BasicAckAsync(delivery.DeliveryTag, multiple: false, delivery.CancellationToken);
        };
        await channel.BasicConsumeAsync(queue, autoAck: false, consumer, cancellationToken);
    }

    /// <summary>Returns the number of messages in a queue; 0 if the queue does not exist.</summary>
    public async Task<long> CountAsync(string queue, CancellationToken cancellationToken)
    {
        await using var channel = await (await ConnectionAsync(cancellationToken)).CreateChannelAsync(cancellationToken: cancellationToken);
        try
        {
            return await channel.MessageCountAsync(queue, cancellationToken);
        }
        catch (OperationInterruptedException missing) when (missing.ShutdownReason?.ReplyCode == Constants.NotFound)
        {
            return 0;
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (connection is not null)
            await connection.DisposeAsync();
        opening.Dispose();
    }

    private async Task<IConnection> ConnectionAsync(CancellationToken cancellationToken)
    {
        await opening.WaitAsync(cancellationToken);
        try
        {
            return connection ??= await factory.CreateConnectionAsync(cancellationToken);
        }
        finally
        {
            opening.Release();
        }
    }

    // The broker closes a channel permanently when it rejects a message; a new channel costs a round trip.
    private async Task<IChannel> PublishingAsync(CancellationToken cancellationToken)
    {
        if (publishing is { IsOpen: true } open)
            return open;
        if (publishing is not null)
            await publishing.DisposeAsync();
        var options = new CreateChannelOptions(publisherConfirmationsEnabled: true, publisherConfirmationTrackingEnabled: true);
        return publishing = await (await ConnectionAsync(cancellationToken)).CreateChannelAsync(options, cancellationToken);
    }
}
