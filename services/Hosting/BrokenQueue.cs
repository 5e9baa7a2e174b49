using Microsoft.Extensions.Logging;
using RabbitMQ.Client;

namespace LastMile.Events.Hosting;

/// <summary>
/// Deletes a queue that the broker knows but can't serve. A quorum queue can get into this state when RabbitMQ is killed just after the
/// queue was deleted and declared again. After a restart, RabbitMQ answers each consumer with an internal error and closes the connection.
/// </summary>
internal sealed partial class BrokenQueue(string queue, ILogger logger)
{
    private static readonly Dictionary<string, object?> Quorum = new(StringComparer.Ordinal) { ["x-queue-type"] = "quorum" };

    /// <summary>Tries to consume from the queue, and deletes it if the broker fails with an internal error.</summary>
    /// <param name="connection">The connection to try on; the broker closes it on failure.</param>
    /// <param name="broker">Creates another connection.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    public async Task DeleteIfBrokenAsync(IConnection connection, ConnectionFactory broker, CancellationToken cancellationToken)
    {
        if (await CanConsumeAsync(connection, cancellationToken))
            return;
        await using var another = await broker.CreateConnectionAsync(cancellationToken);
        await using var channel = await another.CreateChannelAsync(cancellationToken: cancellationToken);
        await channel.QueueDeleteAsync(queue, cancellationToken: cancellationToken);
        // The broker still maps the queue's name to the lost data, and would lose a new queue of that name at its next start. Deleting a
        // healthy queue removes the mapping (register_name and unregister_name in ra_directory.erl, Ra 2.2).
        await channel.QueueDeclareAsync(
            queue, durable: true, exclusive: false, autoDelete: false, Quorum, cancellationToken: cancellationToken);
        await channel.QueueDeleteAsync(queue, cancellationToken: cancellationToken);
        Log.Deleted(logger, queue);
    }

    private async Task<bool> CanConsumeAsync(IConnection connection, CancellationToken cancellationToken)
    {
        try
        {
            // Messages that arrive here return to the queue when the channel closes.
            await using var channel = await connection.CreateChannelAsync(cancellationToken: cancellationToken);
            await channel.BasicQosAsync(prefetchSize: 0, prefetchCount: 1, global: false, cancellationToken);
            await channel.BasicConsumeAsync(queue, autoAck: false, new AsyncDefaultBasicConsumer(channel), cancellationToken);
            return true;
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested)
        {
            // Before its first declaration, the queue does not exist.
            Log.Refused(logger, queue, e.Message);
            return connection.CloseReason is not { ReplyCode: Constants.InternalError };
        }
    }

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Debug, Message = "RabbitMQ refuses a consumer on queue {Queue}: {Reason}")]
        public static partial void Refused(ILogger logger, string queue, string reason);

        [LoggerMessage(
            Level = LogLevel.Warning,
            Message = "RabbitMQ can't serve queue {Queue}: the service deleted it and will declare it again")]
        public static partial void Deleted(ILogger logger, string queue);
    }
}
