using Microsoft.Extensions.Logging;
using RabbitMQ.Client;

namespace LastMile.Events.Hosting;

/// <summary>
/// Deletes a queue that the broker knows and can't serve. RabbitMQ has such a quorum queue when it was killed just after the queue was
/// deleted and declared anew, and started once more since: it answers each consumer with an internal error, and closes the connection.
/// </summary>
internal sealed partial class BrokenQueue(string queue, ILogger logger)
{
    private static readonly Dictionary<string, object?> Quorum = new(StringComparer.Ordinal) { ["x-queue-type"] = "quorum" };

    /// <summary>Tries to consume from the queue, and deletes it if the broker fails over that.</summary>
    /// <param name="connection">To try on; the broker closes it when it fails.</param>
    /// <param name="broker">How to connect once more.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task MendAsync(IConnection connection, ConnectionFactory broker, CancellationToken cancellationToken)
    {
        if (await CanConsumeAsync(connection, cancellationToken))
            return;
        await using var another = await broker.CreateConnectionAsync(cancellationToken);
        await using var channel = await another.CreateChannelAsync(cancellationToken: cancellationToken);
        await channel.QueueDeleteAsync(queue, cancellationToken: cancellationToken);
        // The broker goes on to look for what was lost under the queue's name, and would lose the next one at its next start. It forgets
        // the name when it deletes a queue that lives (register_name and unregister_name of ra_directory.erl, Ra 2.2).
        await channel.QueueDeclareAsync(queue, durable: true, exclusive: false, autoDelete: false, Quorum, cancellationToken: cancellationToken);
        await channel.QueueDeleteAsync(queue, cancellationToken: cancellationToken);
        Log.Deleted(logger, queue);
    }

    private async Task<bool> CanConsumeAsync(IConnection connection, CancellationToken cancellationToken)
    {
        try
        {
            // What comes meanwhile goes back with the channel.
            await using var channel = await connection.CreateChannelAsync(cancellationToken: cancellationToken);
            await channel.BasicQosAsync(prefetchSize: 0, prefetchCount: 1, global: false, cancellationToken);
            await channel.BasicConsumeAsync(queue, autoAck: false, new AsyncDefaultBasicConsumer(channel), cancellationToken);
            return true;
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested)
        {
            // At first there is no such queue.
            Log.Refused(logger, queue, e.Message);
            return connection.CloseReason is not { ReplyCode: Constants.InternalError };
        }
    }

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Debug, Message = "RabbitMQ gives nothing of the queue {Queue}: {Reason}")]
        public static partial void Refused(ILogger logger, string queue, string reason);

        [LoggerMessage(Level = LogLevel.Warning, Message = "RabbitMQ knows the queue {Queue} and can't serve it: it was deleted, to be declared anew")]
        public static partial void Deleted(ILogger logger, string queue);
    }
}
