using LastMile.Events.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Metadata;
using Microsoft.EntityFrameworkCore.Migrations;
using Microsoft.EntityFrameworkCore.Migrations.Operations;
using Microsoft.EntityFrameworkCore.Storage;
using Npgsql.EntityFrameworkCore.PostgreSQL.Infrastructure;
using Npgsql.EntityFrameworkCore.PostgreSQL.Infrastructure.Internal;
using Npgsql.EntityFrameworkCore.PostgreSQL.Migrations;
using Xunit;

namespace EntityFrameworkCore.Tests;

/// <summary>A context whose migrations run in a separate schema for each tenant.</summary>
public sealed class TenantTests(ShopDatabase database) : IClassFixture<ShopDatabase>
{
    /// <summary>The schema that the edited migrations run in.</summary>
    internal static string Schema { get; set; } = "";

    [Fact]
    public async Task The_capture_of_a_tenant_joins_its_own_tables()
    {
        var connectionString = await database.ResetAsync();
        await using var outbox = new Outbox(connectionString);
        var history = new History(connectionString, InTenantsSchema);
        Schema = "a";
        history.Add(Reviewed("a"), EditedForAnyTenant);

        foreach (var tenant in (string[])["a", "b"])
        {
            Schema = tenant;
            await history.UpAsync(Reviewed(tenant));
            await outbox.ExecuteAsync(Rows(tenant, slug: $"of-{tenant}"));
        }

        await outbox.TakeAsync();
        await outbox.ExecuteAsync("""update b."Reviews" set "Text" = 'changed'""");
        Assert.Equal(["Review update Customer.Name [of-b]"], await outbox.TakeAsync());
        Assert.Equal(
            [
                "a.\"Customers\" Customer key a:{Name}",
                "a.\"Reviews\" Review key a:{Customer.Name}",
                "b.\"Customers\" Customer key b:{Name}",
                "b.\"Reviews\" Review key b:{Customer.Name}",
            ],
            await outbox.TrackedAsync());
    }

    [Fact]
    public async Task Renaming_a_column_for_a_tenant_keeps_the_capture_and_its_keys()
    {
        var connectionString = await database.ResetAsync();
        await using var outbox = new Outbox(connectionString);
        var history = new History(connectionString, InTenantsSchema);
        Schema = "a";
        history.Add(Reviewed("a"), EditedForAnyTenant);
        history.Add(Reviewed("a") + Renamed, EditedForAnyTenant);

        foreach (var tenant in (string[])["a", "b"])
        {
            Schema = tenant;
            await history.UpAsync(Reviewed(tenant) + Renamed);
            await outbox.ExecuteAsync(Rows(tenant, slug: $"of-{tenant}").Replace("\"Name\"", "label", StringComparison.Ordinal));
        }

        await outbox.TakeAsync();
        await outbox.ExecuteAsync("""update b."Reviews" set "Text" = 'changed'; update b."Customers" set label = 'new'""");
        Assert.Equal(["Review update Customer.Name [of-b]", "Customer update Name [new] [of-b]"], await outbox.TakeAsync());
        Assert.Contains("b.\"Customers\" Customer key b:{Name}", await outbox.TrackedAsync());
        Assert.Empty(await outbox.AuditAsync());
    }

    [Fact]
    public async Task A_tenant_selected_by_search_path_joins_its_own_tables_after_retrack()
    {
        var connectionString = await database.ResetAsync();
        await using var outbox = new Outbox(connectionString);
        foreach (var tenant in (string[])["a", "b"])
        {
            await outbox.ExecuteAsync($"create schema {tenant}");
            await using var shop = new Shop(Reviewed(schema: null), $"{connectionString};Search Path={tenant}");
            await shop.GetService<IRelationalDatabaseCreator>().CreateTablesAsync(TestContext.Current.CancellationToken);
            await outbox.ExecuteAsync(Rows(tenant, slug: $"of-{tenant}"));
        }

        await outbox.ExecuteAsync("set search_path to a; select lastmile.retrack()");
        await outbox.TakeAsync();
        await outbox.ExecuteAsync("""update b."Reviews" set "Text" = 'changed'""");

        Assert.Equal(["Review update Customer.Name [of-b]"], await outbox.TakeAsync());
    }

    [Fact]
    public void The_capture_follows_a_generator_that_moves_operations_to_another_schema()
    {
        using var shop = new Shop(Reviewed("a"), configure: options => options.ReplaceService<IMigrationsSqlGenerator, Moving>());

        var script = shop.Database.GenerateCreateScript();

        Assert.Contains("SELECT lastmile.track('moved.\"Reviews\"'::regclass", script, StringComparison.Ordinal);
        Assert.Contains("lastmile.qualified('moved.\"Customers\"'::regclass)", script, StringComparison.Ordinal);
    }

    private static Action<ModelBuilder> Reviewed(string? schema) => model =>
    {
        model.HasDefaultSchema(schema);
        model.Entity<Customer>().ToTable("Customers").Ignore(customer => customer.Phones).Ignore(customer => customer.Address)
            .PurgesKey($"{schema}:{{Name}}");
        model.Entity<Customer>().Property(customer => customer.Id).ValueGeneratedNever();
        model.Entity<Review>().ToTable("Reviews").PurgesKey($"{schema}:{{Customer.Name}}")
            .Property(review => review.Id).ValueGeneratedNever();
    };

    private static readonly Action<ModelBuilder> Renamed =
        model => model.Entity<Customer>().Property(customer => customer.Name).HasColumnName("label");

    private static void InTenantsSchema(DbContextOptionsBuilder options)
    {
        new NpgsqlDbContextOptionsBuilder(options).MigrationsHistoryTable("__history", Schema);
        options.ConfigureWarnings(warnings => warnings.Ignore(RelationalEventId.PendingModelChangesWarning));
    }

    // Applications replace the schema of each operation and the prefix of each key with the tenant's.
    private static string EditedForAnyTenant(string migration) => migration
        .Replace("\"a\"", "global::EntityFrameworkCore.Tests.TenantTests.Schema", StringComparison.Ordinal)
        .Replace("\\\"a:", "\\\"\" + global::EntityFrameworkCore.Tests.TenantTests.Schema + \":", StringComparison.Ordinal);

    private static string Rows(string schema, string slug) =>
        $"""
        insert into {schema}."Customers" ("Id", "Name") values (1, '{slug}');
        insert into {schema}."Reviews" ("Id", "CustomerId", "Text") values (1, 1, '');
        """;

    private sealed class Moving(MigrationsSqlGeneratorDependencies dependencies, INpgsqlSingletonOptions options)
        : NpgsqlMigrationsSqlGenerator(dependencies, options)
    {
        public override IReadOnlyList<MigrationCommand> Generate(
            IReadOnlyList<MigrationOperation> operations,
            IModel? model = null,
            MigrationsSqlGenerationOptions options = MigrationsSqlGenerationOptions.Default)
        {
            foreach (var operation in operations.OfType<CreateTableOperation>())
            {
                operation.Schema = "moved";
                operation.ForeignKeys.ForEach(key => key.PrincipalSchema = "moved");
            }

            return base.Generate(operations, model, options);
        }
    }
}
