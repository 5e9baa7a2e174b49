using LastMile.Events.EntityFrameworkCore.Migrations;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Metadata;
using Microsoft.EntityFrameworkCore.Migrations;

namespace LastMile.Events.EntityFrameworkCore;

/// <summary>Turns LastMile Events on for a context.</summary>
public static class LastMileDbContextOptionsBuilderExtensions
{
    /// <summary>
    /// Checks the purge rules of the model when it is built, and makes migrations install what they declare. Goes with <c>UseNpgsql</c>,
    /// before or after it.
    /// </summary>
    /// <param name="options">The options of the context.</param>
    public static DbContextOptionsBuilder UseLastMile(this DbContextOptionsBuilder options)
    {
        ArgumentNullException.ThrowIfNull(options);
        ((IDbContextOptionsBuilderInfrastructure)options).AddOrUpdateExtension(new LastMileOptionsExtension());

        return options
            .ReplaceService<IRelationalAnnotationProvider, CaptureAnnotationProvider>()
            .ReplaceService<IMigrationsAnnotationProvider, CaptureMigrationsAnnotationProvider>()
            .ReplaceService<IMigrationsSqlGenerator, CaptureMigrationsSqlGenerator>();
    }

    /// <inheritdoc cref="UseLastMile(DbContextOptionsBuilder)" />
    /// <typeparam name="TContext">The context.</typeparam>
    public static DbContextOptionsBuilder<TContext> UseLastMile<TContext>(this DbContextOptionsBuilder<TContext> options)
        where TContext : DbContext =>
        (DbContextOptionsBuilder<TContext>)UseLastMile((DbContextOptionsBuilder)options);
}
