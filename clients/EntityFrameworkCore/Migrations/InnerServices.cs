using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Metadata;
using Microsoft.EntityFrameworkCore.Migrations;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Npgsql.EntityFrameworkCore.PostgreSQL.Metadata.Internal;
using Npgsql.EntityFrameworkCore.PostgreSQL.Migrations;

namespace LastMile.Events.EntityFrameworkCore.Migrations;

/// <summary>
/// The services that capture wraps: the provider's, or the application's replacements from <c>ReplaceService</c>, called before or after
/// <c>UseLastMile</c>.
/// </summary>
/// <remarks>
/// A plain <c>ReplaceService</c> would remove the capture, and migrations would install no triggers. So each capture service is registered
/// as its own replacement: EF Core prefers a replacement of a specific implementation over one of any implementation. This class reads the
/// application's replacements.
/// </remarks>
internal sealed class InnerServices : ISingletonOptions
{
    private readonly Dictionary<Type, ServiceDescriptor> registered = [];
    private IReadOnlyDictionary<(Type Service, Type? Current), Type> replaced = new Dictionary<(Type, Type?), Type>();

    /// <summary>Registers the capture services instead of the provider's.</summary>
    public static void Register(IServiceCollection services)
    {
        var inner = new InnerServices();
        inner.Wrap<IRelationalAnnotationProvider, CaptureAnnotationProvider, NpgsqlAnnotationProvider>(services, ServiceLifetime.Singleton);
        inner.Wrap<IMigrationsAnnotationProvider, CaptureMigrationsAnnotationProvider, MigrationsAnnotationProvider>(
            services, ServiceLifetime.Singleton);
        inner.Wrap<IMigrationsSqlGenerator, CaptureMigrationsSqlGenerator, NpgsqlMigrationsSqlGenerator>(services, ServiceLifetime.Scoped);
        services.AddSingleton(inner).AddSingleton<ISingletonOptions>(inner);
    }

    /// <summary>Checks that the context uses the capture services, and that no other extension has registered its own instead.</summary>
    /// <exception cref="InvalidOperationException">Migrations would not install the declared capture.</exception>
    public static void ThrowUnlessOuter(IServiceProvider services)
    {
        ThrowUnlessOuter<IRelationalAnnotationProvider, CaptureAnnotationProvider>(services);
        ThrowUnlessOuter<IMigrationsAnnotationProvider, CaptureMigrationsAnnotationProvider>(services);
        ThrowUnlessOuter<IMigrationsSqlGenerator, CaptureMigrationsSqlGenerator>(services);
    }

    /// <summary>Creates the service that a capture service wraps.</summary>
    /// <param name="services">The services that the wrapped service depends on.</param>
    public TService Create<TService>(IServiceProvider services)
        where TService : class
    {
        var descriptor = registered[typeof(TService)];
        return replaced.TryGetValue((typeof(TService), descriptor.ImplementationType), out var type)
            || replaced.TryGetValue((typeof(TService), null), out type)
            ? (TService)ActivatorUtilities.CreateInstance(services, type)
            : (TService)(descriptor.ImplementationInstance
                ?? descriptor.ImplementationFactory?.Invoke(services)
                ?? ActivatorUtilities.CreateInstance(services, descriptor.ImplementationType!));
    }

    public void Initialize(IDbContextOptions options) =>
        replaced = options.FindExtension<CoreOptionsExtension>()?.ReplacedServices ?? replaced;

    public void Validate(IDbContextOptions options)
    {
        // Nothing to check: EF Core builds separate services for contexts with different replacements.
    }

    private void Wrap<TService, TOuter, TProviders>(IServiceCollection services, ServiceLifetime lifetime)
        where TService : class
        where TOuter : class, TService
        where TProviders : class, TService
    {
        registered[typeof(TService)] = services.LastOrDefault(descriptor => descriptor.ServiceType == typeof(TService))
            ?? new ServiceDescriptor(typeof(TService), typeof(TProviders), lifetime);
        services.RemoveAll<TService>();
        services.Add(new ServiceDescriptor(typeof(TService), typeof(TOuter), lifetime));
    }

    private static void ThrowUnlessOuter<TService, TOuter>(IServiceProvider services)
        where TService : class
        where TOuter : class, TService
    {
        if (services.GetRequiredService<TService>() is var found and not TOuter)
        {
            throw new InvalidOperationException(
                $"{typeof(TService).Name} is {found.GetType().Name}, so migrations would not install the capture that the model declares. "
                    + $"Set it with ReplaceService<{typeof(TService).Name}, {found.GetType().Name}>(), which works together with "
                    + "UseLastMile(), instead of registering it.");
        }
    }
}
