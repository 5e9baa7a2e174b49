using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Polly;
using RabbitMQ.Client;

namespace LastMile.Events.Hosting;

/// <summary>
/// Holds each connection to RabbitMQ back until the broker lets the service in. MassTransit waits longer after each attempt that fails, half
/// a minute in the end, and not at all again after a wrong password: here none of its attempts fails, and a broker that is back is found
/// within a second.
/// </summary>
internal sealed partial class BrokerGate
{
    private readonly IDatabaseIdentity identity;
    private readonly IHostApplicationLifetime lifetime;
    private readonly ILogger<BrokerGate> logger;
    private readonly ResiliencePipeline retry;
    private BrokenQueue? renewed;
    private volatile ConnectionFactory? unclaimed;
    private volatile Exception? refusal;

    public BrokerGate(IDatabaseIdentity identity, IHostApplicationLifetime lifetime, TimeProvider time, ILogger<BrokerGate> logger)
    {
        (this.identity, this.lifetime, this.logger) = (identity, lifetime, logger);
        retry = Retry.Forever(time, Refused);
    }

    /// <summary>Why the broker did not let the service in when it last tried; null when it did.</summary>
    public Exception? Refusal => refusal;

    /// <summary>Waits until the broker accepts a connection and the virtual host is claimed, then closes that connection.</summary>
    /// <param name="broker">How to connect.</param>
    /// <exception cref="OperationCanceledException">The service stops.</exception>
    public async Task PassAsync(ConnectionFactory broker)
    {
        await retry.ExecuteAsync(async token => await TryAsync(broker, token), lifetime.ApplicationStopping);
        refusal = null;
    }

    /// <summary>Claims the virtual host if a connection was let through before the service knew its database.</summary>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="BusHeldException">Another database has it.</exception>
    public async Task ClaimAsync(CancellationToken cancellationToken)
    {
        if (unclaimed is not { } broker || await identity.ReadAsync(cancellationToken) is not { } database)
            return;
        await using var connection = await broker.CreateConnectionAsync(cancellationToken);
        await VirtualHostClaim.MakeAsync(connection, database, broker.VirtualHost, cancellationToken);
        unclaimed = null;
    }

    /// <summary>Has a queue looked after before each connection: the last that was named.</summary>
    /// <param name="queue">A queue whose messages can be had again.</param>
    public void Renew(string queue) => renewed = new(queue, logger);

    private async Task TryAsync(ConnectionFactory broker, CancellationToken cancellationToken)
    {
        await using var connection = await broker.CreateConnectionAsync(cancellationToken);
        if (await identity.ReadAsync(cancellationToken) is { } database)
            await VirtualHostClaim.MakeAsync(connection, database, broker.VirtualHost, cancellationToken);
        else
            unclaimed = broker;
        if (renewed is not null)
            await renewed.MendAsync(connection, broker, cancellationToken);
    }

    private void Refused(Exception failure)
    {
        refusal = failure;
        Log.Refused(logger, failure.GetBaseException().Message);
    }

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Debug, Message = "RabbitMQ can't be reached and is tried again: {Reason}")]
        public static partial void Refused(ILogger logger, string reason);
    }
}
