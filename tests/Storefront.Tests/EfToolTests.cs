using System.Diagnostics;
using LastMile.Events.Fabric;
using LastMile.Events.Testing;
using Npgsql;
using Xunit;

namespace Storefront.Tests;

/// <summary>The bundle and the script that the real <c>dotnet ef</c> makes from the sample's migrations install capture.</summary>
public sealed class EfToolTests(SharedServers servers) : IAsyncLifetime
{
    // Both tests run dotnet ef in the sample's build folders.
    private static readonly SemaphoreSlim OneAtATime = new(1);

    private readonly string folder = Directory.CreateTempSubdirectory("lastmile-ef-").FullName;
    private string connectionString = null!;
    private NpgsqlDataSource database = null!;

    public async ValueTask InitializeAsync()
    {
        await OneAtATime.WaitAsync();
        connectionString = await servers.CreateDatabaseAsync();
        database = NpgsqlDataSource.Create(connectionString);
        await RunAsync("dotnet", "tool", "restore");
    }

    public async ValueTask DisposeAsync()
    {
        OneAtATime.Release();
        await database.DisposeAsync();
        Directory.Delete(folder, recursive: true);
    }

    [Fact, Long]
    public async Task A_migration_bundle_captures_and_can_run_again()
    {
        var bundle = Path.Combine(folder, "migrate");
        await RunAsync(
            "dotnet", "ef", "migrations", "bundle",
            "--project", "samples/Storefront", "--no-build", "--configuration", Configuration, "--output", bundle);

        await RunAsync(bundle, "--connection", connectionString);
        await RunAsync(bundle, "--connection", connectionString);

        await CapturesAsync();
    }

    [Fact]
    public async Task An_idempotent_script_captures_and_can_run_again()
    {
        var script = Path.Combine(folder, "migrate.sql");
        await RunAsync(
            "dotnet", "ef", "migrations", "script", "--idempotent",
            "--project", "samples/Storefront", "--no-build", "--configuration", Configuration, "--output", script);
        var sql = await File.ReadAllTextAsync(script);

        await ExecuteAsync(sql);
        await ExecuteAsync(sql);

        await CapturesAsync();
    }

    // Debug or Release, from the name of this build's output folder.
    private static string Configuration => new DirectoryInfo(AppContext.BaseDirectory).Name;

    private async Task CapturesAsync()
    {
        await ExecuteAsync(
            "insert into categories (id, name) values (1, 'a'); "
            + "insert into products (slug, name, price, category_id) values ('shoe', 'Shoe', 1, 1)");

        Assert.Equal(
            "Category insert [[\"1\"]], Product insert [[\"1\", \"shoe\", \"1\"]]",
            await ScalarAsync("select string_agg(format('%s %s %s', entity, kind, rows), ', ' order by id) from lastmile.outbox"));
        Assert.Equal("0", await ScalarAsync("select count(*)::text from lastmile.audit() where relation is not null"));
    }

    private async Task ExecuteAsync(string sql)
    {
        await using var command = database.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }

    private async Task<string> ScalarAsync(string sql)
    {
        await using var command = database.CreateCommand(sql);
        return (string)(await command.ExecuteScalarAsync())!;
    }

    private static async Task RunAsync(string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            WorkingDirectory = RunFolder.RepositoryFolder(),
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        // No compiler or build node may outlive the test.
        start.Environment["MSBUILDDISABLENODEREUSE"] = "1";
        start.Environment["DOTNET_CLI_USE_MSBUILD_SERVER"] = "0";
        start.Environment["UseSharedCompilation"] = "false";
        // The build has run the analyzers already.
        start.Environment["RunAnalyzers"] = "false";
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();

        Assert.True(process.ExitCode == 0, $"{program} {string.Join(' ', arguments)}: {await output}{await errors}");
    }
}
