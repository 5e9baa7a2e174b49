using System.Text.Json.Nodes;
using LastMile.Events.Fabric;
using LastMile.Events.Testing;
using Npgsql;
using StackExchange.Redis;
using Xunit;

namespace Tool.Tests;

/// <summary>Sets up a complete system with the tool alone, on servers without users and settings of LastMile.</summary>
public sealed class InstalledSystemTests(SharedServers servers) : IAsyncLifetime
{
    private readonly ToolRun tool = new();
    private readonly List<Service> services = [];

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        foreach (var service in services)
            await service.Process.DisposeAsync();
        tool.Dispose();
    }

    [Fact]
    public async Task A_system_that_the_tool_has_set_up_purges_its_regions()
    {
        await using var primary = await BareRedis.StartAsync();
        await using var ams = await BareRedis.StartAsync();
        await using var syd = await BareRedis.StartAsync();
        var postgres = new NpgsqlConnectionStringBuilder(await servers.CreateDatabaseAsync());
        var (management, bus) = (await servers.ManagementAsync(), await servers.CreateVirtualHostAsync());
        var suffix = Guid.NewGuid().ToString("N")[..8];
        await DoneAsync(
            "init", "--application", "shop-" + suffix, "--regions", $"ams-{suffix}={ams.Address},syd-{suffix}={syd.Address}",
            "--independent", "syd-" + suffix, "--postgres", $"{postgres.Host}:{postgres.Port}/{postgres.Database}",
            "--primary", primary.Address, "--rabbitmq", bus.Authority + bus.AbsolutePath);
        tool.Edit(file => MakeUnique(file, suffix));

        await DoneAsync("setup", "postgres", "--schema", "--apply", "--admin", postgres.ConnectionString);
        await DoneAsync("setup", "rabbitmq", "--apply", "--admin", management.AbsoluteUri);
        await DoneAsync("setup", "redis", "primary", "--apply", "--admin", primary.Address);
        await DoneAsync("setup", "redis", "ams-" + suffix, "--apply", "--admin", ams.Address);
        await DoneAsync("setup", "redis", "syd-" + suffix, "--apply", "--admin", syd.Address);
        await DoneAsync("setup", "invalidator", "--output", ".");
        await DoneAsync("setup", "region", "ams-" + suffix, "--output", "ams");
        await DoneAsync("setup", "region", "syd-" + suffix, "--output", "syd");
        await StartAsync("LastMile.Events.Invalidator", "invalidator.env");
        await StartAsync("LastMile.Events.RegionAgent", "ams", $"agent-ams-{suffix}.env");
        await StartAsync("LastMile.Events.RegionAgent", "syd", $"agent-syd-{suffix}.env");

        await using var inAms = await ConnectAsync("ams", $"application-ams-{suffix}.env");
        await using var inSyd = await ConnectAsync("syd", $"application-syd-{suffix}.env");
        foreach (var region in (ConnectionMultiplexer[])[inAms, inSyd])
            await region.GetDatabase().StringSetAsync("product:7", "cached", TimeSpan.FromHours(1));
        await ChangeAsync();

        foreach (var region in (ConnectionMultiplexer[])[inAms, inSyd])
            await Eventually.Async(async () => !await region.GetDatabase().KeyExistsAsync("product:7"));
    }

    // Roles and users belong to the whole server, which other tests use too.
    private static void MakeUnique(JsonNode file, string suffix)
    {
        var postgres = file["Postgres"]!;
        foreach (var login in (string[])["ConnectionString", "OwnerConnectionString"])
        {
            var parsed = new NpgsqlConnectionStringBuilder(postgres[login]!.GetValue<string>());
            parsed.Username += suffix;
            postgres[login] = parsed.ConnectionString;
        }

        var relay = file["RabbitMq"]!;
        relay["Uri"] = relay["Uri"]!.GetValue<string>()
            .Replace("lastmile-invalidator:", $"lastmile-invalidator-{suffix}:", StringComparison.Ordinal);
    }

    private async Task ChangeAsync()
    {
        var owner = LastMile.Events.Tool.Installation.InstallationFile.Read(tool.Installation).Postgres.OwnerConnectionString!;
        await using var application = NpgsqlDataSource.Create(owner + ";Pooling=false");
        await using var change = application.CreateCommand(
            """
            create schema shop;
            create table shop.products (id int primary key, name text not null);
            insert into shop.products values (7, 'old');
            select lastmile.track('shop.products', 'Product', array['product:{id}']);
            update shop.products set name = 'new';
            """);
        await change.ExecuteNonQueryAsync();
    }

    private async Task DoneAsync(params string[] arguments)
    {
        var result = await tool.RunAsync(arguments);
        Assert.True(result.Code == 0, result.ToString());
    }

    private async Task StartAsync(string project, params string[] file)
    {
        var settings = SettingsIn(file);
        services.Add(await Service.StartAsync(Path.GetFileNameWithoutExtension(file[^1]), project, settings, tool.Folder));
    }

    // The client sends ordinary writes to a replica only with this option: docs/regional-cache.md.
    private Task<ConnectionMultiplexer> ConnectAsync(params string[] file) => ConnectionMultiplexer.ConnectAsync(
        SettingsIn(file).Single(setting => setting.Key == "Redis__ConnectionString").Value + ",proxy=Envoyproxy");

    private List<KeyValuePair<string, string>> SettingsIn(string[] file) =>
    [
        .. File.ReadAllLines(tool.PathOf(file)).Select(line => line.Split('=', 2))
            .Select(setting => KeyValuePair.Create(setting[0], setting[1])),
    ];
}
