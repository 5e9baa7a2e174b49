using System.Net;
using System.Text;
using System.Text.RegularExpressions;
using LastMile.Events.Fabric;
using LastMile.Events.Testing;
using LastMile.Events.Testing.Pages;
using LastMile.Events.Tool.Installation;
using Npgsql;
using StackExchange.Redis;
using Xunit;
using YamlDotNet.Serialization;

namespace Tool.Tests;

/// <summary>
/// A system that nothing but the commands in docs/operations/setup.md has set up, on servers without users and settings of LastMile.
/// </summary>
public sealed class InstalledSystemTests(SharedServers servers) : IAsyncLifetime
{
    private readonly string suffix = Guid.NewGuid().ToString("N")[..8];
    private readonly ToolRun tool = new();
    private readonly List<Service> services = [];
    private readonly Dictionary<string, BareRedis> redis = new(StringComparer.Ordinal);
    private NpgsqlConnectionStringBuilder postgres = null!;
    private Uri management = null!;
    private Uri bus = null!;

    public async ValueTask InitializeAsync()
    {
        foreach (var name in (string[])["redis-primary", "redis-ams", "redis-syd"])
            redis.Add(name, await BareRedis.StartAsync());
        postgres = new(await servers.CreateDatabaseAsync());
        (management, bus) = (await servers.ManagementAsync(), await servers.CreateVirtualHostAsync());
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var service in services)
            await service.Process.DisposeAsync();
        foreach (var server in redis.Values)
            await server.DisposeAsync();
        tool.Dispose();
    }

    [Theory]
    [InlineData("")]
    [InlineData(" --independent syd")]
    [InlineData(" --read-only ams,syd")]
    public async Task A_system_that_the_tool_has_set_up_purges_its_regions(string option)
    {
        await SetUpAsync(option);
        await RunAsync($"lastmile setup postgres --schema --apply --admin '{postgres.ConnectionString}'");
        foreach (var run in await File.ReadAllLinesAsync(tool.PathOf("containers"), TestContext.Current.CancellationToken))
            await StartAsync(run.Split(' ')[1], run.Split(' ')[0]);
        Assert.Equal(3, services.Count);

        await using var inAms = await ConnectAsync("ams");
        await using var inSyd = await ConnectAsync("syd");
        foreach (var region in (string[])["ams", "syd"])
            await FillAsync(region);
        foreach (var region in (ConnectionMultiplexer[])[inAms, inSyd])
            await Eventually.Async(() => region.GetDatabase().KeyExistsAsync("product:7"));
        await ChangeAsync();

        foreach (var region in (ConnectionMultiplexer[])[inAms, inSyd])
            await Eventually.Async(async () => !await region.GetDatabase().KeyExistsAsync("product:7"));
    }

    [Fact]
    public async Task The_commands_for_an_installed_system_change_it()
    {
        await SetUpAsync("");

        await ChangesAPasswordAsync();
        await ImportsDefinitionsAsync();
        await CreatesSecretsAsync();
        Assert.Equal(
            [Block("lastmile init"), Block("rabbitmqctl "), Block("--keep-old-passwords"), Block("kubectl ")],
            BlockUse.BlocksFor<InstalledSystemTests>().Select(block => block.Text));
    }

    private async Task ChangesAPasswordAsync()
    {
        var old = Installation().Regions["ams"].ApplicationRedis!;
        const string New = "password=new";
        EditFile(file => file.Replace(PasswordIn(old), New, StringComparison.Ordinal));
        var commands = Block("--keep-old-passwords").Split('\n');

        await RunAsync(commands[0]);
        foreach (var login in (string[])[New, PasswordIn(old)])
            Assert.Equal("PONG", await redis["redis-ams"].SendAsync($"user=application,{login}", "PING"));
        await RunAsync(commands[2]);

        Assert.Equal("PONG", await redis["redis-ams"].SendAsync($"user=application,{New}", "PING"));
        await Assert.ThrowsAsync<RedisConnectionException>(
            () => redis["redis-ams"].SendAsync($"user=application,{PasswordIn(old)}", "PING"));
    }

    private async Task ImportsDefinitionsAsync()
    {
        await RunAsync("rabbitmqctl() { test $1 = import_definitions; cp $2 imported.json; }\n" + Block("rabbitmqctl "));

        using var http = new HttpClient { BaseAddress = new(management.GetLeftPart(UriPartial.Authority)) };
        http.DefaultRequestHeaders.Authorization = new("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes(management.UserInfo)));
        using var definitions = new StringContent(
            await File.ReadAllTextAsync(tool.PathOf("imported.json")), Encoding.UTF8, "application/json");
        using var answer = await http.PostAsync(new Uri("api/definitions", UriKind.Relative), definitions);
        Assert.Equal(HttpStatusCode.NoContent, answer.StatusCode);
    }

    private async Task CreatesSecretsAsync()
    {
        await RunAsync("kubectl() { test \"$1 $3 $4\" = '--namespace apply --filename'; cat $5 >$2.yaml; }\n" + Block("kubectl "));

        foreach (var (name, secret) in new[] { ("lastmile", "lastmile-invalidator"), ("lastmile-ams", "lastmile-agent") })
        {
            var manifest = new Deserializer().Deserialize<Dictionary<string, object>>(File.ReadAllText(tool.PathOf(name + ".yaml")));
            Assert.Equal("Secret", manifest["kind"]);
            Assert.Equal(secret, ((Dictionary<object, object>)manifest["metadata"])["name"]);
        }
    }

    // Follows the section "In an afternoon" until the services are to be started.
    private async Task SetUpAsync(string option)
    {
        var commands = Block("lastmile init");
        var rest = commands.IndexOf("\n\n", StringComparison.Ordinal);
        await RunAsync(commands[..rest] + option);
        // Roles and users belong to the whole server, which other tests use too.
        EditFile(file => Regex.Replace(
            file, "(?<login>amqp://|Username=)(?<user>[a-z_-]+)", $"${{login}}${{user}}_{suffix}", RegexOptions.NonBacktracking));
        await RunAsync("docker() { test \"$1 $2\" = 'run --env-file'; echo $3 $4 >>containers; }\n" + commands[rest..]);
    }

    // The page's addresses and administrators become those of this test.
    private async Task RunAsync(string commands)
    {
        var here = redis.Aggregate(commands, (text, server) =>
                text.Replace($"{server.Key}:6379", server.Value.Address, StringComparison.Ordinal))
            .Replace("db:5432/shop", $"{postgres.Host}:{postgres.Port}/{postgres.Database}", StringComparison.Ordinal)
            .Replace("rabbitmq:5672/shop", bus.Authority + bus.AbsolutePath, StringComparison.Ordinal)
            .Replace("Host=db;Username=postgres;Password=…", postgres.ConnectionString, StringComparison.Ordinal)
            .Replace("http://admin:…@rabbitmq:15672", management.AbsoluteUri, StringComparison.Ordinal);
        if (here.Contains("user=operator,password=…", StringComparison.Ordinal))
            here = here.Replace("password=…", $"password={Installation().RedisPasswords!.Operator}", StringComparison.Ordinal);
        var result = await tool.RunShellAsync(here);
        Assert.True(result.Code == 0, result.ToString());
    }

    private InstallationSettings Installation() => InstallationFile.Read(tool.Installation);

    private void EditFile(Func<string, string> edit) =>
        File.WriteAllText(tool.Installation, edit(File.ReadAllText(tool.Installation)));

    private static string PasswordIn(string login) =>
        login.Split(',').Single(part => part.StartsWith("password=", StringComparison.Ordinal));

    private static string Block(string text) =>
        BlockUse.BlocksFor<InstalledSystemTests>().Single(block => block.Text.Contains(text, StringComparison.Ordinal)).Text;

    private async Task ChangeAsync()
    {
        var owner = Installation().Postgres.OwnerConnectionString!;
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

    private async Task StartAsync(string image, string file)
    {
        var project = image == "lastmile/invalidator" ? "LastMile.Events.Invalidator" : "LastMile.Events.RegionAgent";
        services.Add(await Service.StartAsync(Path.GetFileNameWithoutExtension(file), project, SettingsIn(file), tool.Folder));
    }

    // An application fills a read-only region at the primary.
    private async Task FillAsync(string region)
    {
        await using var filled = await ConnectAsync(region, "Redis__PrimaryConnectionString");
        await filled.GetDatabase().StringSetAsync("product:7", "cached", TimeSpan.FromHours(1));
    }

    // The client sends ordinary writes to a replica only with this option: docs/regional-cache.md.
    private Task<ConnectionMultiplexer> ConnectAsync(string region, params string[] names)
    {
        var settings = SettingsIn($"{region}/application-{region}.env").ToDictionary(StringComparer.Ordinal);
        var name = names.Append("Redis__ConnectionString").First(settings.ContainsKey);
        return ConnectionMultiplexer.ConnectAsync(settings[name] + ",proxy=Envoyproxy");
    }

    private List<KeyValuePair<string, string>> SettingsIn(string file) =>
    [
        .. File.ReadAllLines(tool.PathOf(file)).Select(line => line.Split('=', 2))
            .Select(setting => KeyValuePair.Create(setting[0], setting[1])),
    ];
}
