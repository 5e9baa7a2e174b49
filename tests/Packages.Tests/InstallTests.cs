using LastMile.Events.Testing;
using LastMile.Events.Testing.Pages;
using Npgsql;
using Xunit;

namespace Packages.Tests;

/// <summary>Installs the packages of this build as a user does, outside the repository, by the commands of the pages.</summary>
public sealed class InstallTests(MadePackages packages, SharedServers servers)
{
    private static readonly HttpClient Http = new();

    [Fact]
    public async Task A_new_application_with_the_packages_serves_from_its_cache_until_a_purge()
    {
        using var workplace = await Workplace.CreateAsync(packages.Feed);
        await BuildShopAsync(workplace);
        await using var system = await ShopSystem.StartAsync(servers, workplace);

        await system.ServedFromCacheAsync("products/1", "lamp");
        await using (var database = NpgsqlDataSource.Create(system.Database + ";Pooling=false"))
        await using (var rename = database.CreateCommand("""update "Products" set "Name" = 'desk lamp' where "Id" = 1"""))
            await rename.ExecuteNonQueryAsync();
        await system.ServedFromCacheAsync("products/1", "desk lamp");

        await system.ServedFromCacheAsync("banner", "spring");
        using (var published = await Http.PostAsync(new Uri(system.Shop, "banner/summer"), content: null))
            published.EnsureSuccessStatusCode();
        await system.ServedFromCacheAsync("banner", "summer");
    }

    [Fact]
    public async Task The_tool_runs_its_commands_after_its_installation()
    {
        using var workplace = await Workplace.CreateAsync(packages.Feed);
        var install = Assert.Single(Blocks("dotnet tool install "));
        // The tool's program looks for the runtime there.
        const string Runtime = "export DOTNET_ROOT=$(dirname \"$(readlink -f \"$(type -P dotnet)\")\")\n";
        var database = await servers.CreateDatabaseAsync(LastMileSchemaAsync);

        var installed = await workplace.RunAsync(Runtime + Shell.Programs + install.Text);

        Assert.Contains("quarantine", installed, StringComparison.Ordinal);
        Assert.StartsWith(
            packages.All[0].Version, await workplace.RunAsync($"{Runtime}tools/lastmile --version"), StringComparison.Ordinal);
        Assert.Equal(
            "Nothing is in quarantine.\n", await workplace.RunAsync($"{Runtime}tools/lastmile quarantine list --database '{database}'"));
    }

    private static async Task BuildShopAsync(Workplace workplace)
    {
        // Several pages have the same command.
        var commands = Blocks("dotnet add package ").SelectMany(block => block.Text.TrimEnd().Split('\n')).Distinct(StringComparer.Ordinal);

        await workplace.RunAsync("dotnet new web --name Shop --output . --no-restore");
        foreach (var command in commands)
            await workplace.RunAsync(command);
        workplace.CopySources();
        await workplace.RunAsync("dotnet build --configuration Release --no-restore --verbosity quiet -warnaserror");
    }

    private static IEnumerable<DocumentedBlock> Blocks(string command) =>
        BlockUse.BlocksFor<InstallTests>().Where(block => block.Text.Contains(command, StringComparison.Ordinal));

    private static async Task LastMileSchemaAsync(string database)
    {
        await using var source = NpgsqlDataSource.Create(database);
        await LastMile.Events.Postgres.OutboxSchema.InstallAsync(source);
    }
}
