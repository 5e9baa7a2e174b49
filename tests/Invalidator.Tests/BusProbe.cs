using System.Text;
using System.Text.Json;
using LastMile.Events.Messages;
using LastMile.Events.Testing;
using RabbitMQ.Client;

namespace Invalidator.Tests;

/// <summary>Accesses the bus at the level of the broker: queues, headers and bytes.</summary>
internal sealed class BusProbe : IAsyncDisposable
{
    private const string ErrorQueue = "lastmile.changes.main_error";
    private const string Errors = "errors";
    private const string Announcements = "announcements";

    private readonly IConnection connection;
    private readonly IChannel channel;
    private readonly IChannel confirmed;
    private readonly Queue<PurgeApplied> announced = [];
    private readonly List<UnloggedNames> unlogged = [];

    private BusProbe(IConnection connection, IChannel channel, IChannel confirmed) =>
        (this.connection, this.channel, this.confirmed) = (connection, channel, confirmed);

    /// <summary>Connects, and starts to collect the announcements to the regions.</summary>
    public static async Task<BusProbe> OpenAsync(Uri amqp)
    {
        var opened = await new ConnectionFactory { Uri = amqp }.CreateConnectionAsync();
        var confirming = new CreateChannelOptions(publisherConfirmationsEnabled: true, publisherConfirmationTrackingEnabled: true);
        var probe = new BusProbe(opened, await opened.CreateChannelAsync(), await opened.CreateChannelAsync(confirming));
        await probe.CollectAsync(ExchangeOf<PurgesApplied>(), Announcements);
        // MassTransit publishes errors to an exchange with the name of the error queue.
        await probe.CollectAsync(ErrorQueue, Errors);
        return probe;
    }

    /// <summary>Publishes a message in MassTransit's envelope, within a trace if one is given.</summary>
    public Task PublishAsync<T>(T message, string? traceParent = null)
        where T : class =>
        PublishAsync<T>(JsonSerializer.SerializeToElement(message, JsonSerializerOptions.Web), traceParent);

    /// <summary>Publishes any JSON as a message of the given type, and waits for the broker's confirm.</summary>
    public async Task PublishAsync<T>(JsonElement message, string? traceParent = null)
    {
        var envelope = new { MessageId = Guid.NewGuid(), MessageType = new[] { $"urn:message:{ExchangeOf<T>()}" }, Message = message };
        var properties = new BasicProperties { ContentType = "application/vnd.masstransit+json", Persistent = true };
        if (traceParent is not null)
            properties.Headers = new Dictionary<string, object?>(StringComparer.Ordinal) { ["MT-Activity-Id"] = traceParent };
        await confirmed.BasicPublishAsync(
            ExchangeOf<T>(), "", mandatory: true, properties, JsonSerializer.SerializeToUtf8Bytes(envelope, JsonSerializerOptions.Web));
    }

    /// <summary>Publishes bytes as a message of the given type, and waits for the broker's confirm.</summary>
    public async Task PublishBytesAsync<T>(byte[] body, string? contentType)
    {
        var properties = contentType is null ? new BasicProperties() : new BasicProperties { ContentType = contentType };
        await confirmed.BasicPublishAsync(ExchangeOf<T>(), "", mandatory: true, properties, body);
    }

    /// <summary>Sends text to the Invalidators' queue.</summary>
    public Task SendRawAsync(string body) => SendRawAsync(Encoding.UTF8.GetBytes(body), contentType: null);

    /// <summary>Sends bytes to the Invalidators' queue; a null content type is left out.</summary>
    public async Task SendRawAsync(byte[] body, string? contentType)
    {
        var properties = contentType is null ? new BasicProperties() : new BasicProperties { ContentType = contentType };
        await channel.BasicPublishAsync("", "lastmile.changes.main", mandatory: true, properties, body);
    }

    /// <summary>Returns the number of messages in the error queue that <see cref="NextErrorAsync"/> has not removed.</summary>
    public Task<long> ErrorsAsync() => CountAsync(Errors);

    /// <summary>Waits for the next message in the error queue, removes it, and returns its reason.</summary>
    public async Task<string> NextErrorAsync()
    {
        var result = await Eventually.Async(
            () => channel.BasicGetAsync(Errors, autoAck: true), message => message is not null, sought: "a message in " + ErrorQueue);
        return Encoding.UTF8.GetString((byte[])result!.BasicProperties.Headers!["MT-Fault-Message"]!);
    }

    /// <summary>Removes announcements until a batch matches, and returns that batch.</summary>
    public async Task<PurgeApplied> AnnouncedAsync(Func<PurgeApplied, bool> isSought)
    {
        var sought = await Eventually.Async(FindAsync, purge => purge is not null, TimeSpan.FromSeconds(30), "the announcement");
        return sought!;

        // Each poll reads all waiting announcements, because other tests of the class may have left a thousand.
        async Task<PurgeApplied?> FindAsync()
        {
            while (await NextAnnouncementAsync() is { } purge)
            {
                if (isSought(purge))
                    return purge;
            }

            return null;
        }
    }

    /// <summary>Removes announcements until a key is announced whose purge the log has refused.</summary>
    public Task UnloggedAsync(string key) => Eventually.Async(
        async () =>
        {
            while (await NextAnnouncementAsync() is not null)
            {
            }

            return unlogged.Exists(names => names.Keys.Contains(key));
        },
        found => found,
        sought: $"the unlogged announcement of {key}");

    /// <summary>Removes all waiting announcements.</summary>
    /// <returns>The size of each message in bytes.</returns>
    public async Task<List<int>> AnnouncementBytesAsync()
    {
        var bytes = new List<int>();
        while (await channel.BasicGetAsync(Announcements, autoAck: true) is { } result)
            bytes.Add(result.Body.Length);
        return bytes;
    }

    /// <summary>Starts to collect the messages of a type in a queue, which may collect several types.</summary>
    public Task ReceiveAsync<T>(string queue) => CollectAsync(ExchangeOf<T>(), queue);

    /// <summary>Makes the broker refuse messages of a type, by declaring an exchange of the wrong kind for it.</summary>
    public Task RefuseAsync<T>() => channel.ExchangeDeclareAsync(ExchangeOf<T>(), ExchangeType.Direct, durable: true);

    /// <summary>Makes the broker accept messages of the refused type again, and collects them in a queue.</summary>
    public async Task AcceptAsync<T>(string queue)
    {
        await channel.ExchangeDeleteAsync(ExchangeOf<T>());
        await ReceiveAsync<T>(queue);
    }

    /// <summary>Waits for the next message in such a queue, and removes it.</summary>
    /// <returns>The name of its type, and the message.</returns>
    public async Task<(string Type, JsonElement Message)> ReceivedAsync(string queue)
    {
        var result = await Eventually.Async(
            () => channel.BasicGetAsync(queue, autoAck: true), message => message is not null, sought: "a message in " + queue);
        var envelope = JsonElement.Parse(result!.Body.Span);
        return (envelope.GetProperty("messageType")[0].GetString()!.Split(':')[^1], envelope.GetProperty("message"));
    }

    public async Task<long> CountAsync(string queue) => await channel.MessageCountAsync(queue);

    public async ValueTask DisposeAsync()
    {
        await channel.DisposeAsync();
        await confirmed.DisposeAsync();
        await connection.DisposeAsync();
    }

    private async Task<PurgeApplied?> NextAnnouncementAsync()
    {
        if (announced.Count == 0 && await channel.BasicGetAsync(Announcements, autoAck: true) is { } result)
        {
            var message = JsonElement.Parse(result.Body.Span).GetProperty("message").Deserialize<PurgesApplied>(JsonSerializerOptions.Web)!;
            message.Batches.ToList().ForEach(announced.Enqueue);
            if (message.Unlogged is { } names)
                unlogged.Add(names);
        }

        return announced.TryDequeue(out var batch) ? batch : null;
    }

    private async Task CollectAsync(string exchange, string queue)
    {
        await channel.ExchangeDeclareAsync(exchange, ExchangeType.Fanout, durable: true);
        await channel.QueueDeclareAsync(queue, durable: true, exclusive: false, autoDelete: false);
        await channel.QueueBindAsync(queue, exchange, "");
    }

    private static string ExchangeOf<T>() => $"{typeof(T).Namespace}:{typeof(T).Name}";
}
