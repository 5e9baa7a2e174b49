using LastMile.Events.EntityFrameworkCore.Declaring;
using LastMile.Events.EntityFrameworkCore.Migrations;
using LastMile.Events.EntityFrameworkCore.Saving;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Metadata.Conventions.Infrastructure;
using Microsoft.EntityFrameworkCore.Update;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Npgsql.EntityFrameworkCore.PostgreSQL.Infrastructure.Internal;

namespace LastMile.Events.EntityFrameworkCore;

/// <summary>Adds the check of purge rules, the capture in migrations, and the origins of saves to EF Core's services.</summary>
internal sealed class LastMileOptionsExtension : IDbContextOptionsExtension
{
    public LastMileOptionsExtension(Func<DbContext, string?>? actor)
    {
        Actor = actor;
        Info = new ExtensionInfo(this);
    }

    /// <summary>Returns the actor of a save; null if none is configured.</summary>
    public Func<DbContext, string?>? Actor { get; }

    public DbContextOptionsExtensionInfo Info { get; }

    public void ApplyServices(IServiceCollection services)
    {
        new EntityFrameworkRelationalServicesBuilder(services)
            .TryAdd<IConventionSetPlugin, PurgeRuleConventions>()
            .TryAdd<IConventionSetPlugin, CaptureServicesConvention>();
        InnerServices.Register(services);
        services.RemoveAll<IModificationCommandBatchFactory>().AddScoped<IModificationCommandBatchFactory, SavingBatchFactory>();
        services.AddSingleton<IInterceptor, BulkChangeInterceptor>();
    }

    public void Validate(IDbContextOptions options)
    {
        if (options.FindExtension<NpgsqlOptionsExtension>() is null)
        {
            throw new InvalidOperationException(
                "UseLastMile() captures changes in PostgreSQL, but this context has another provider or none: "
                    + "call UseNpgsql(…) too, or remove UseLastMile().");
        }

        // The batches of another factory can't be wrapped, so they would lose the trace and the actor.
        var replaced = options.FindExtension<CoreOptionsExtension>()?.ReplacedServices ?? new Dictionary<(Type, Type?), Type>();
        var otherFactory = replaced.FirstOrDefault(entry =>
            entry.Key.Item1 == typeof(IModificationCommandBatchFactory) && entry.Value != typeof(SavingBatchFactory));
        if (otherFactory is { Value: { } other })
        {
            throw new InvalidOperationException(
                $"IModificationCommandBatchFactory is replaced by {other.Name}, which can't send the trace and the actor with "
                    + "SaveChanges, as UseLastMile() does. Remove that ReplaceService(…) or UseLastMile().");
        }
    }

    private sealed class ExtensionInfo(IDbContextOptionsExtension extension) : DbContextOptionsExtensionInfo(extension)
    {
        public override bool IsDatabaseProvider => false;

        public override string LogFragment => "using LastMile ";

        public override int GetServiceProviderHashCode() => 0;

        public override bool ShouldUseSameServiceProvider(DbContextOptionsExtensionInfo other) => other is ExtensionInfo;

        public override void PopulateDebugInfo(IDictionary<string, string> debugInfo) => debugInfo["LastMile"] = "1";
    }
}
