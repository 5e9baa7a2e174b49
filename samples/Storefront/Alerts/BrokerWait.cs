using System.Diagnostics.CodeAnalysis;
using RabbitMQ.Client;

namespace Storefront.Alerts;

/// <summary>
/// Delays each connection to RabbitMQ until the broker accepts one. MassTransit's own retry interval grows to half a minute. For that long,
/// the reads of an independent region would go to the database although the broker is back.
/// </summary>
internal sealed class BrokerWait(IHostApplicationLifetime lifetime, TimeProvider time)
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    /// <summary>Waits until the broker accepts a connection, and closes that connection.</summary>
    /// <param name="broker">The connection settings.</param>
    /// <exception cref="OperationCanceledException">The application is stopping.</exception>
    public async Task UntilReachableAsync(ConnectionFactory broker)
    {
        while (!await IsReachableAsync(broker))
            await Task.Delay(Pause, time, lifetime.ApplicationStopping);
    }

    [SuppressMessage("Design", "CA1031", Justification = "Any failure to connect may be temporary.")]
    private async Task<bool> IsReachableAsync(ConnectionFactory broker)
    {
        try
        {
            await using var connection = await broker.CreateConnectionAsync(lifetime.ApplicationStopping);
            return true;
        }
        catch (Exception) when (!lifetime.ApplicationStopping.IsCancellationRequested)
        {
            return false;
        }
    }
}
