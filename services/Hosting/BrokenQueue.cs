using MassTransit;
using Microsoft.Extensions.Logging;
using RabbitMQ.Client;

namespace LastMile.Events.Hosting;

/// <summary>
/// Deletes a queue that the broker knows and can't serve. RabbitMQ has such a quorum queue when it was killed just after the queue was
/// deleted and declared anew, and started once more since: it answers each consumer with an internal error, and closes the connection.
/// </summary>
internal sealed partial class BrokenQueue(string queue, ILogger logger) : IReceiveEndpointObserver
{
    private volatile bool suspected;

    // The reason that comes here is not always the broker's: what it closed may be found disposed first.
    public Task Faulted(ReceiveEndpointFaulted faulted)
    {
        suspected = true;
        return Task.CompletedTask;
    }

    public Task Ready(ReceiveEndpointReady ready)
    {
        suspected = false;
        return Task.CompletedTask;
    }

    public Task Stopping(ReceiveEndpointStopping stopping) => Task.CompletedTask;

    public Task Completed(ReceiveEndpointCompleted completed) => Task.CompletedTask;

    /// <summary>Tries to consume from the queue, if the endpoint could not, and deletes it if the broker fails over that.</summary>
    /// <param name="broker">How to connect.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task MendAsync(ConnectionFactory broker, CancellationToken cancellationToken)
    {
        if (!suspected || await CanConsumeAsync(broker, cancellationToken))
            return;
        await using var connection = await broker.CreateConnectionAsync(cancellationToken);
        await using var channel = await connection.CreateChannelAsync(cancellationToken: cancellationToken);
        await channel.QueueDeleteAsync(queue, cancellationToken: cancellationToken);
        Log.Deleted(logger, queue);
    }

    private async Task<bool> CanConsumeAsync(ConnectionFactory broker, CancellationToken cancellationToken)
    {
        await using var connection = await broker.CreateConnectionAsync(cancellationToken);
        await using var channel = await connection.CreateChannelAsync(cancellationToken: cancellationToken);
        try
        {
            // What comes meanwhile goes back with the connection.
            await channel.BasicQosAsync(prefetchSize: 0, prefetchCount: 1, global: false, cancellationToken);
            await channel.BasicConsumeAsync(queue, autoAck: false, new AsyncDefaultBasicConsumer(channel), cancellationToken);
            return true;
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested)
        {
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
