using LastMile.Events.EntityFrameworkCore.Migrations;
using LastMile.Events.EntityFrameworkCore.Saving;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Metadata;
using Microsoft.EntityFrameworkCore.Migrations;
using Microsoft.EntityFrameworkCore.Update;

namespace LastMile.Events.EntityFrameworkCore;

/// <summary>Enables LastMile Events for a context.</summary>
public static class LastMileDbContextOptionsBuilderExtensions
{
    /// <summary>
    /// Checks the model's purge rules when the model is built, and makes migrations install their capture. Call it before or after
    /// <c>UseNpgsql</c>. Saves write the current trace (<c>Activity.Current</c>) to the outbox.
    /// </summary>
    /// <remarks>
    /// The application may also replace a migrations generator or an annotation provider with <c>ReplaceService</c>, before or after this
    /// call. Its service then writes the migration, and LastMile adds the capture.
    /// </remarks>
    /// <param name="options">The options of the context.</param>
    /// <param name="configure">
    /// Configures options; null for the defaults. Options of an earlier call stay unless this call sets them.
    /// </param>
    /// <returns>The same builder.</returns>
    public static DbContextOptionsBuilder UseLastMile(
        this DbContextOptionsBuilder options,
        Action<LastMileOptionsBuilder>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        var lastMile = new LastMileOptionsBuilder(options.Options.FindExtension<LastMileOptionsExtension>()?.Actor);
        configure?.Invoke(lastMile);
        ((IDbContextOptionsBuilderInfrastructure)options).AddOrUpdateExtension(new LastMileOptionsExtension(lastMile.ActorOf));

        return options
            .Keep<IRelationalAnnotationProvider, CaptureAnnotationProvider>()
            .Keep<IMigrationsAnnotationProvider, CaptureMigrationsAnnotationProvider>()
            .Keep<IMigrationsSqlGenerator, CaptureMigrationsSqlGenerator>()
            .Keep<IModificationCommandBatchFactory, SavingBatchFactory>();
    }

    /// <inheritdoc cref="UseLastMile(DbContextOptionsBuilder, Action{LastMileOptionsBuilder})" />
    /// <typeparam name="TContext">The context.</typeparam>
    public static DbContextOptionsBuilder<TContext> UseLastMile<TContext>(
        this DbContextOptionsBuilder<TContext> options,
        Action<LastMileOptionsBuilder>? configure = null)
        where TContext : DbContext =>
        (DbContextOptionsBuilder<TContext>)UseLastMile((DbContextOptionsBuilder)options, configure);

    // Prevents the application's ReplaceService<TService, …>() from replacing this implementation too. See InnerServices.
    private static DbContextOptionsBuilder Keep<TService, TImplementation>(this DbContextOptionsBuilder options)
        where TImplementation : class, TService =>
        options.ReplaceService<TService, TImplementation, TImplementation>();
}
