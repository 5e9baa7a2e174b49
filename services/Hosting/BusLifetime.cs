using MassTransit;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace LastMile.Events.Hosting;

/// <summary>
/// Starts and stops the bus, and ends the stop in time. MassTransit waits without limit if its connection was cut while it declared a
/// queue.
/// </summary>
internal sealed class BusLifetime(IHostedService bus) : IHostedService
{
    /// <summary>Replaces MassTransit's registration, at its place in the order of the services.</summary>
    public static void Replace(IServiceCollection services)
    {
        for (var index = 0; index < services.Count; index++)
        {
            if (services[index].ImplementationType != typeof(MassTransitHostedService))
                continue;
            services[index] = ServiceDescriptor.Singleton<IHostedService>(
                provider => new BusLifetime(ActivatorUtilities.CreateInstance<MassTransitHostedService>(provider)));
        }
    }

    public Task StartAsync(CancellationToken cancellationToken) => bus.StartAsync(cancellationToken);

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        try
        {
            await bus.StopAsync(cancellationToken).WaitAsync(cancellationToken);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The broker ends the connection with the process.
        }
    }
}
