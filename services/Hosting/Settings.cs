using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace LastMile.Events.Hosting;

/// <summary>Binds configuration sections to options, and finds every error at startup.</summary>
public static class Settings
{
    /// <summary>Binds a section to options and validates them at startup, also as an <see cref="IValidatableObject"/>.</summary>
    /// <typeparam name="T">The options. Every property needs a setter: collections are replaced, not extended.</typeparam>
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
