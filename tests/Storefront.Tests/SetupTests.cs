using System.Diagnostics;
using LastMile.Events.EntityFrameworkCore;
using LastMile.Events.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;
using Microsoft.Extensions.Logging;
using Npgsql;
using Storefront.Catalog;
using Xunit;

namespace Storefront.Tests;

public sealed class SetupTests(SharedServers servers) : IAsyncLifetime
{
    private const int Rules = 5;

    private string database = null!;
    private CatalogDb db = null!;

    public async ValueTask InitializeAsync()
    {
        database = await servers.CreateDatabaseAsync();
        db = new CatalogDb(new DbContextOptionsBuilder<CatalogDb>().UseNpgsql(database).UseLastMile().Options);
    }

    public ValueTask DisposeAsync() => db.DisposeAsync();

    [Fact]
    public async Task Migrating_and_seeding_again_changes_nothing()
    {
        Assert.Equal(0, await RunAsync("--migrate", "--seed", "30"));
        Assert.Equal(0, await RunAsync("--seed", "40", "--migrate"));

        Assert.Equal((30, 20), (await db.Products.CountAsync(Cancel), await db.Categories.CountAsync(Cancel)));
    }

    [Fact]
    public async Task A_product_added_after_seeding_gets_the_next_id()
    {
        await RunAsync("--migrate", "--seed", "30");

        var product = new Product { Slug = "new", Name = "New", CategoryId = 1 };
        db.Add(product);
        await db.SaveChangesAsync(Cancel);

        Assert.Equal(31, product.Id);
    }

    [Theory]
    [InlineData("--seed")]
    [InlineData("--seed", "many")]
    public async Task A_seed_that_is_not_a_number_is_rejected(params string[] args)
    {
        Assert.Equal(2, await RunAsync(args));
    }

    [Fact]
    public async Task Missing_settings_exit_with_code_2()
    {
        var app = WebApplication.CreateBuilder().AddStorefront().Build();

        Assert.Equal(2, await app.MigrateOrServeAsync([]));
    }

    [Theory]
    [InlineData(null, 2, "ConnectionStrings:Storefront is missing")]
    [InlineData(
        "Host=127.0.0.1;Port=1;Database=storefront;Username=storefront_migrator;Password=x",
        1,
        "The database setup failed: Failed to connect to 127.0.0.1:1. Check ConnectionStrings:Storefront")]
    public async Task A_failed_migration_prints_a_reason_and_no_stack_trace(string? connectionString, int code, string sentence)
    {
        var (exitCode, output) = await RunProgramAsync(connectionString);

        Assert.Equal(code, exitCode);
        Assert.StartsWith(sentence, output.Trim(), StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_program_migrates_from_any_working_directory()
    {
        var (exitCode, output) = await RunProgramAsync(database);

        Assert.Equal((0, ""), (exitCode, output));
        Assert.Equal(Rules, await CountRulesAsync());
    }

    [Fact]
    public void The_migrations_match_the_model()
    {
        Assert.False(db.Database.HasPendingModelChanges());
    }

    [Fact]
    public async Task The_idempotent_script_can_run_twice()
    {
        var script = db.GetService<IMigrator>().GenerateScript(options: MigrationsSqlGenerationOptions.Idempotent);

        await ExecuteAsync(script);
        await ExecuteAsync(script);

        Assert.Equal(Rules, await CountRulesAsync());
    }

    [Fact]
    public async Task Reverted_and_reapplied_migrations_restore_capture()
    {
        var migrator = db.GetService<IMigrator>();

        await migrator.MigrateAsync(cancellationToken: Cancel);
        await migrator.MigrateAsync(Migration.InitialDatabase, Cancel);
        Assert.Equal(0, await CountRulesAsync());

        await migrator.MigrateAsync(cancellationToken: Cancel);
        Assert.Equal(Rules, await CountRulesAsync());
    }

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private async Task<int> RunAsync(params string[] args)
    {
        var builder = WebApplication.CreateBuilder(args);
        builder.Configuration["ConnectionStrings:Storefront"] = database;
        builder.Logging.ClearProviders();
        await using var app = builder.AddStorefront().Build();
        return await app.MigrateOrServeAsync(args);
    }

    private static async Task<(int Code, string Output)> RunProgramAsync(string? connectionString)
    {
        var start = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "Storefront.dll"), "--migrate"])
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = Path.GetTempPath(),
        };
        if (connectionString is not null)
            start.Environment["ConnectionStrings__Storefront"] = connectionString;
        using var program = Process.Start(start)!;
        var (output, error) = (program.StandardOutput.ReadToEndAsync(Cancel), program.StandardError.ReadToEndAsync(Cancel));
        await program.WaitForExitAsync(Cancel);
        return (program.ExitCode, await output + await error);
    }

    private Task<int> CountRulesAsync() =>
        db.Database.SqlQuery<int>($"select count(*)::int as \"Value\" from lastmile.purge_rule").SingleAsync(Cancel);

    private async Task ExecuteAsync(string sql)
    {
        await using var source = NpgsqlDataSource.Create(database);
        await using var command = source.CreateCommand(sql);
        await command.ExecuteNonQueryAsync(Cancel);
    }
}
