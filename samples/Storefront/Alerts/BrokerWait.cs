using System.Diagnostics.CodeAnalysis;
using RabbitMQ.Client;

namespace Storefront.Alerts;

/// <summary>
/// Holds each connection to RabbitMQ back until the broker answers. MassTransit waits longer after each attempt that fails, a minute in the end:
/// for so long an independent region would be read from the database although the broker is back.
/// </summary>
internal sealed class BrokerWait(IHostApplicationLifetime lifetime, TimeProvider time)
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    /// <summary>Waits until a connection is made, and closes it.</summary>
    /// <param name="broker">How to connect.</param>
    /// <exception cref="OperationCanceledException">The application stops.</exception>
    public async Task UntilItAnswersAsync(ConnectionFactory broker)
    {
        while (!await AnswersAsync(broker))
            await Task.Delay(Pause, time, lifetime.ApplicationStopping);
    }

    [SuppressMessage("Design", "CA1031", Justification = "Whatever keeps the application from the broker may pass.")]
    private async Task<bool> AnswersAsync(ConnectionFactory broker)
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
