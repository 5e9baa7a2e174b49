using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace LastMile.Events.Hosting;

/// <summary>Reads sections of the configuration into options, so that every error is found at the start.</summary>
public static class Settings
{
    /// <summary>Binds a section and validates it when the service starts, by the options' own <see cref="IValidatableObject"/>.</summary>
    /// <typeparam name="T">The options. Setters only: a collection is set, not added to.</typeparam>
    /// <param name="services">The service's registrations.</param>
    /// <param name="section">The section's name.</param>
    public static IServiceCollection AddSettings<T>(this IServiceCollection services, string section)
        where T : class
    {
        services.AddOptions<T>().ValidateOnStart();
        services.AddSingleton(provider => new BoundSettings<T>(provider.GetRequiredService<IConfiguration>(), section));
        services.AddSingleton<IConfigureOptions<T>>(provider => provider.GetRequiredService<BoundSettings<T>>());
        return services.AddSingleton<IValidateOptions<T>>(provider => provider.GetRequiredService<BoundSettings<T>>());
    }
}
