using LastMile.Events.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Metadata;
using Microsoft.EntityFrameworkCore.Migrations;
using Microsoft.EntityFrameworkCore.Migrations.Operations;
using Microsoft.EntityFrameworkCore.Update;
using Microsoft.Extensions.DependencyInjection;
using Npgsql.EntityFrameworkCore.PostgreSQL.Infrastructure.Internal;
using Npgsql.EntityFrameworkCore.PostgreSQL.Metadata.Internal;
using Npgsql.EntityFrameworkCore.PostgreSQL.Migrations;
using Npgsql.EntityFrameworkCore.PostgreSQL.Update.Internal;
using Xunit;

namespace EntityFrameworkCore.Tests;

/// <summary>Applications, and other libraries, that replace EF Core's services with their own.</summary>
public sealed class ReplacedServiceTests
{
    private static readonly Func<DbContextOptionsBuilder, DbContextOptionsBuilder> Generator =
        options => options.ReplaceService<IMigrationsSqlGenerator, Commented>();
    private static readonly Func<DbContextOptionsBuilder, DbContextOptionsBuilder> GeneratorOfNpgsql =
        options => options.ReplaceService<IMigrationsSqlGenerator, NpgsqlMigrationsSqlGenerator, Commented>();

    [Theory]
    [InlineData(true, true)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    [InlineData(false, false)]
    public void The_capture_is_added_to_the_migration_of_the_applications_generator(bool before, bool ofNpgsql)
    {
        var replace = ofNpgsql ? GeneratorOfNpgsql : Generator;

        var script = ScriptOf(options => _ = before ? replace(options).UseLastMile() : replace(options.UseLastMile()));

        Assert.StartsWith("-- mine", script, StringComparison.Ordinal);
        Assert.Contains("SELECT lastmile.track(", script, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void The_capture_is_added_to_the_annotations_of_the_applications_providers(bool before)
    {
        static DbContextOptionsBuilder Replace(DbContextOptionsBuilder options) => options
            .ReplaceService<IRelationalAnnotationProvider, Annotating>()
            .ReplaceService<IMigrationsAnnotationProvider, Removing>();

        using var shop = Open(options => _ = before ? Replace(options).UseLastMile() : Replace(options.UseLastMile()));
        var table = shop.GetService<IDesignTimeModel>().Model.GetRelationalModel().Tables.Single();
        var removed = shop.GetService<IMigrationsAnnotationProvider>().ForRemove(table).Select(annotation => annotation.Name);

        Assert.Equal("mine", table["Mine"]);
        Assert.NotNull(table["LastMile:Capture"]);
        Assert.Equal(["Mine", "LastMile:Capture"], removed);
    }

    [Fact]
    public void A_registered_generator_that_bypasses_the_capture_is_an_error_when_the_model_is_built()
    {
        using var shop = Open(options =>
        {
            options.UseLastMile();
            ((IDbContextOptionsBuilderInfrastructure)options).AddOrUpdateExtension(new Registering());
        });

        var error = Assert.Throws<InvalidOperationException>(() => shop.Model);

        Assert.Contains(
            "IMigrationsSqlGenerator is Commented, so migrations would not install the capture that the model declares.",
            error.Message,
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_replaced_batch_factory_is_an_error(bool before)
    {
        static DbContextOptionsBuilder Replace(DbContextOptionsBuilder options) =>
            options.ReplaceService<IModificationCommandBatchFactory, NpgsqlModificationCommandBatchFactory>();

        var error = Assert.Throws<InvalidOperationException>(
            () => Open(options => _ = before ? Replace(options).UseLastMile() : Replace(options.UseLastMile())));

        Assert.Contains(
            "IModificationCommandBatchFactory is replaced by NpgsqlModificationCommandBatchFactory",
            error.Message,
            StringComparison.Ordinal);
    }

    private static string ScriptOf(Action<DbContextOptionsBuilder> configure)
    {
        using var shop = Open(configure);
        return shop.Database.GenerateCreateScript();
    }

    private static Captured Open(Action<DbContextOptionsBuilder> configure)
    {
        var options = new DbContextOptionsBuilder<Captured>().UseNpgsql("Host=nowhere");
        configure(options);
        return new Captured(options.Options);
    }

    private sealed class Captured(DbContextOptions options) : DbContext(options)
    {
        protected override void OnModelCreating(ModelBuilder modelBuilder) => modelBuilder.Entity<Product>().PurgesKey("product:{Id}");
    }

    private sealed class Commented(MigrationsSqlGeneratorDependencies dependencies, INpgsqlSingletonOptions options)
        : NpgsqlMigrationsSqlGenerator(dependencies, options)
    {
        protected override void Generate(
            CreateTableOperation operation, IModel? model, MigrationCommandListBuilder builder, bool terminate = true)
        {
            builder.AppendLine("-- mine");
            base.Generate(operation, model, builder, terminate);
        }
    }

    private sealed class Annotating(RelationalAnnotationProviderDependencies dependencies) : NpgsqlAnnotationProvider(dependencies)
    {
        public override IEnumerable<IAnnotation> For(ITable table, bool designTime) =>
            base.For(table, designTime).Append(new Annotation("Mine", "mine"));
    }

    private sealed class Removing(MigrationsAnnotationProviderDependencies dependencies) : MigrationsAnnotationProvider(dependencies)
    {
        public override IEnumerable<IAnnotation> ForRemove(ITable table) => [new Annotation("Mine", "mine")];
    }

    private sealed class Registering : IDbContextOptionsExtension
    {
        public DbContextOptionsExtensionInfo Info => new ExtensionInfo(this);

        public void ApplyServices(IServiceCollection services) => services.AddScoped<IMigrationsSqlGenerator, Commented>();

        public void Validate(IDbContextOptions options)
        {
        }

        private sealed class ExtensionInfo(IDbContextOptionsExtension extension) : DbContextOptionsExtensionInfo(extension)
        {
            public override bool IsDatabaseProvider => false;

            public override string LogFragment => "";

            public override int GetServiceProviderHashCode() => 1;

            public override bool ShouldUseSameServiceProvider(DbContextOptionsExtensionInfo other) => other is ExtensionInfo;

            public override void PopulateDebugInfo(IDictionary<string, string> debugInfo)
            {
            }
        }
    }
}
