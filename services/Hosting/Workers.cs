using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace LastMile.Events.Hosting;

/// <summary>Background work that other parts of the service call.</summary>
public static class Workers
{
    /// <summary>Registers a worker that the service starts and stops, and that can be injected.</summary>
    /// <typeparam name="TWorker">The worker.</typeparam>
    /// <param name="services">The service's registrations.</param>
    public static IServiceCollection AddWorker<TWorker>(this IServiceCollection services)
        where TWorker : class, IHostedService => services
        .AddSingleton<TWorker>()
        .AddHostedService(provider => provider.GetRequiredService<TWorker>());
}
