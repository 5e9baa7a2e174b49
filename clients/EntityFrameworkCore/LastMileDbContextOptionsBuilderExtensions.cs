using LastMile.Events.EntityFrameworkCore.Migrations;
using LastMile.Events.EntityFrameworkCore.Saving;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Metadata;
using Microsoft.EntityFrameworkCore.Migrations;
using Microsoft.EntityFrameworkCore.Update;

namespace LastMile.Events.EntityFrameworkCore;

/// <summary>Turns LastMile Events on for a context.</summary>
public static class LastMileDbContextOptionsBuilderExtensions
{
    /// <summary>
    /// Checks the purge rules of the model when it is built, and makes migrations install what they declare. Goes with <c>UseNpgsql</c>,
    /// before or after it. What is saved carries the current trace (<c>Activity.Current</c>) into the outbox.
    /// </summary>
    /// <remarks>
    /// <c>ReplaceService</c> of a migrations generator or an annotation provider works together with it, before or after this call: the
    /// application's service writes the migration, and the capture is added.
    /// </remarks>
    /// <param name="options">The options of the context.</param>
    /// <param name="configure">Sets what has a default. What an earlier call set stays where this one does not set it.</param>
    public static DbContextOptionsBuilder UseLastMile(this DbContextOptionsBuilder options, Action<LastMileOptionsBuilder>? configure = null)
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

    // Keeps the application's ReplaceService<TService, …>() from replacing this implementation too. See InnerServices.
    private static DbContextOptionsBuilder Keep<TService, TImplementation>(this DbContextOptionsBuilder options)
        where TImplementation : class, TService =>
        options.ReplaceService<TService, TImplementation, TImplementation>();
}
