using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Polly;
using RabbitMQ.Client;

namespace LastMile.Events.Hosting;

/// <summary>
/// Delays each connection to RabbitMQ until the broker accepts the service. MassTransit backs off to half a minute between failed attempts,
/// and stops after a wrong password. Behind this gate none of its attempts fails, and the service reconnects within a second of the
/// broker's return.
/// </summary>
internal sealed partial class BrokerGate
{
    private readonly IDatabaseIdentity identity;
    private readonly IHostApplicationLifetime lifetime;
    private readonly ILogger<BrokerGate> logger;
    private readonly ResiliencePipeline retry;
    private BrokenQueue? checkedQueue;
    private volatile ConnectionFactory? unclaimed;
    private volatile int claimed;
    private volatile Exception? refusal;

    public BrokerGate(IDatabaseIdentity identity, IHostApplicationLifetime lifetime, TimeProvider time, ILogger<BrokerGate> logger)
    {
        (this.identity, this.lifetime, this.logger) = (identity, lifetime, logger);
        retry = Retry.Forever(time, Refused);
    }

    /// <summary>Why the last attempt to connect failed; null when it succeeded.</summary>
    public Exception? Refusal => refusal;

    /// <summary>Waits until the broker accepts a connection and the lineages are claimed, then closes that connection.</summary>
    /// <param name="broker">Creates connections.</param>
    /// <exception cref="OperationCanceledException">The service is stopping.</exception>
    public async Task WaitUntilAcceptedAsync(ConnectionFactory broker)
    {
        await retry.ExecuteAsync(async token => await TryAsync(broker, token), lifetime.ApplicationStopping);
        refusal = null;
    }

    /// <summary>Claims the lineages whose database the service did not know when it connected.</summary>
    /// <param name="cancellationToken">Cancels the operation.</param>
    /// <exception cref="BusHeldException">Another database has claimed a lineage.</exception>
    public async Task ClaimAsync(CancellationToken cancellationToken)
    {
        if (unclaimed is not { } broker)
            return;
        var claims = await identity.ReadAsync(cancellationToken);
        if (claims.Known.Count <= claimed)
            return;
        await using var connection = await broker.CreateConnectionAsync(cancellationToken);
        await ClaimAsync(claims, connection, broker, cancellationToken);
    }

    /// <summary>Checks a queue before each connection, and deletes it when it is broken. Replaces the queue of an earlier call.</summary>
    /// <param name="queue">A queue whose messages can be recovered from another source.</param>
    public void DeleteWhenBroken(string queue) => checkedQueue = new(queue, logger);

    private async Task TryAsync(ConnectionFactory broker, CancellationToken cancellationToken)
    {
        await using var connection = await broker.CreateConnectionAsync(cancellationToken);
        await ClaimAsync(await identity.ReadAsync(cancellationToken), connection, broker, cancellationToken);
        if (checkedQueue is not null)
            await checkedQueue.DeleteIfBrokenAsync(connection, broker, cancellationToken);
    }

    private async Task ClaimAsync(
        LineageClaims claims, IConnection connection, ConnectionFactory broker, CancellationToken cancellationToken)
    {
        foreach (var claim in claims.Known)
            await VirtualHostClaim.MakeAsync(connection, claim, broker.VirtualHost, cancellationToken);
        (claimed, unclaimed) = (claims.Known.Count, claims.IsComplete ? null : broker);
    }

    private void Refused(Exception failure)
    {
        refusal = failure;
        Log.Refused(logger, failure.GetBaseException().Message);
    }

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Debug, Message = "The connection to RabbitMQ failed and will be retried: {Reason}")]
        public static partial void Refused(ILogger logger, string reason);
    }
}
