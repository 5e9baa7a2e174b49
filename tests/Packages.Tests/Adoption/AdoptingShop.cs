using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using LastMile.Events.Fabric;
using LastMile.Events.Testing;
using LastMile.Events.Testing.Pages;
using Npgsql;

namespace Packages.Tests.Adoption;

/// <summary>A running copy of samples/Shop on servers of its own, to which the blocks of docs/adopt.md are applied one by one.</summary>
internal sealed class AdoptingShop : IAsyncDisposable
{
    private const string InstallationFile = "lastmile.json";

    private static readonly HttpClient Http = new();
    private static readonly JsonDocumentOptions Comments = new() { CommentHandling = JsonCommentHandling.Skip };

    private readonly string suffix = Guid.NewGuid().ToString("N")[..8];
    private readonly Dictionary<string, int> ports;
    private readonly Workplace workplace;
    private readonly ShopSources sources;
    private readonly NpgsqlConnectionStringBuilder database;
    private readonly Uri bus;
    private readonly Uri management;
    private ChildProcess? shop;

    private AdoptingShop(Workplace workplace, NpgsqlConnectionStringBuilder database, Uri bus, Uri management)
    {
        (this.workplace, this.database, this.bus, this.management) = (workplace, database, bus, management);
        sources = ShopSources.Copy(RunFolder.RepositoryFolder(), workplace.Folder);
        ports = new[] { "6379", "6390", "6391", "5081", "5082", "5083", "5000" }
            .ToDictionary(port => port, _ => FreePort.Next(), StringComparer.Ordinal);
    }

    private string Owner => "shop_" + suffix;

    private Uri Address => new($"http://127.0.0.1:{ports["5000"]}");

    private string OwnerConnectionString => new NpgsqlConnectionStringBuilder(database.ConnectionString)
    {
        Username = Owner,
        Password = suffix,
        Pooling = false,
    }.ConnectionString;

    /// <summary>Starts the servers that the page assumes, and the application as it is before.</summary>
    public static async Task<AdoptingShop> StartAsync(string feed, SharedServers servers)
    {
        var adopting = new AdoptingShop(
            await Workplace.CreateAsync(feed),
            new(await servers.CreateDatabaseAsync()),
            await servers.CreateVirtualHostAsync(),
            await servers.ManagementAsync());
        try
        {
            await adopting.CreateOwnerAsync();
            // The Shop's only feeds are the tested packages and the machine's package folder, which may lack the tool.
            await Shell.RunAsync("dotnet tool restore", RunFolder.RepositoryFolder());
            await adopting.RunAsync(
                """
                mkdir existing
                printf 'port %s\nmaxmemory 64mb\nmaxmemory-policy volatile-lru\n' "$EXISTING" >existing/redis.conf
                redis-server existing/redis.conf --bind 127.0.0.1 --save '' --dir existing --daemonize yes
                dotnet tool restore
                dotnet build --configuration Release --verbosity quiet
                dotnet ef database update --configuration Release --no-build
                """);
            await adopting.RestartAsync();
            return adopting;
        }
        catch
        {
            await adopting.DisposeAsync();
            throw;
        }
    }

    /// <summary>Does what a block says; returns what its commands print.</summary>
    public async Task<string> FollowAsync(DocumentedBlock block)
    {
        switch (block.Language)
        {
            case "diff":
                sources.Apply(block.Text);
                return "";
            case "csharp":
                sources.Replace(block.Text);
                return "";
            case "json":
                AddRegion(block.Text);
                return "";
            default:
                var output = await RunAsync(Here(block.Text));
                // The first command that writes the file.
                if (block.Text.Contains("lastmile init", StringComparison.Ordinal))
                    Edit(MakeUnique);
                return output;
        }
    }

    /// <summary>Builds the application and starts it again, in a region.</summary>
    public async Task RestartAsync(string region = "ams")
    {
        await RunAsync("dotnet build --configuration Release --verbosity quiet");
        if (shop is not null)
            await shop.DisposeAsync();
        var command = new ChildCommand(
            "shop",
            "dotnet",
            [Path.Combine(workplace.Folder, "bin", "Release", "net10.0", "Shop.dll"), "--urls", $"{Address}"],
            Path.Combine(workplace.Folder, "shop.log"))
        {
            Environment = new Dictionary<string, string?>(StringComparer.Ordinal)
            {
                ["ConnectionStrings__Shop"] = OwnerConnectionString,
                ["ConnectionStrings__Redis"] = RedisOf(region),
            },
            WorkingDirectory = workplace.Folder,
        };
        shop = await ChildProcess.StartAsync(command);
        await Eventually.Async(() => ReadAsync(1), body => body.StartsWith('{'), TimeSpan.FromSeconds(60));
    }

    /// <summary>Changes a product's price a few times; each time, the application must show it, not the cached one.</summary>
    public async Task ShowsEachChangeAsync(string region)
    {
        await using var source = NpgsqlDataSource.Create(OwnerConnectionString);
        for (var price = 100; price < 105; price++)
        {
            await ReadAsync(7);
            await using var change = source.CreateCommand($"update products set price = {price} where id = 7");
            await change.ExecuteNonQueryAsync();
            await Eventually.Async(
                () => ReadAsync(7),
                body => body.Contains($"\"price\":{price}.00", StringComparison.Ordinal),
                TimeSpan.FromSeconds(10),
                $"region {region} shows the price {price}");
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (shop is not null)
            await shop.DisposeAsync();
        // Redis deletes its file when it ends.
        const string Processes = "for file in *.pid; do process=$(cat \"$file\" 2>&-) || continue; ";
        await Shell.RunAsync(Processes + "kill \"$process\" 2>&- || true; done", workplace.Folder);
        await Eventually.Async(async () =>
            (await Shell.RunAsync(Processes + "! kill -0 \"$process\" 2>&- || echo \"$file\"; done", workplace.Folder)).Length == 0);
        workplace.Dispose();
    }

    private static async Task<string> ReadAsync(Uri address)
    {
        try
        {
            return await Http.GetStringAsync(address);
        }
        catch (HttpRequestException starting)
        {
            return starting.Message;
        }
    }

    private Task<string> ReadAsync(int product) => ReadAsync(new Uri(Address, $"products/{product}"));

    // Before the page has set up the region's users, the application logs in as it always did.
    private string RedisOf(string region)
    {
        var file = Path.Combine(workplace.Folder, region, $"application-{region}.env");
        return File.Exists(file)
            ? File.ReadAllText(file).Trim()["Redis__ConnectionString=".Length..]
            : $"127.0.0.1:{ports["6379"]},abortConnect=false";
    }

    private async Task CreateOwnerAsync()
    {
        await using var administrator = NpgsqlDataSource.Create(database.ConnectionString + ";Pooling=false");
        await using var owner = administrator.CreateCommand(
            $"create role {Owner} login password '{suffix}'; alter database \"{database.Database}\" owner to {Owner}");
        await owner.ExecuteNonQueryAsync();
    }

    private Task<string> RunAsync(string commands)
    {
        (string Name, string Value)[] variables =
        [
            ("PATH", $"{Environment.GetEnvironmentVariable("PATH")}:/usr/sbin"),
            ("DOTNET_ROOT", DotnetRoot()),
            ("PGHOST", database.Host!), ("PGPORT", $"{database.Port}"), ("PGDATABASE", database.Database!),
            ("PGUSER", Owner), ("PGPASSWORD", suffix), ("OWNER_PASSWORD", suffix),
            ("POSTGRES_ADMIN", database.ConnectionString), ("RABBITMQ_ADMIN", management.AbsoluteUri),
            ("REDIS_ADMIN", $"127.0.0.1:{ports["6379"]}"), ("EXISTING", $"{ports["6379"]}"), ("SHOP", $"http://127.0.0.1:{ports["5000"]}"),
            ("API_KEY", ApiKey()), ("ConnectionStrings__Shop", OwnerConnectionString),
            ("SERVICES", new DirectoryInfo(AppContext.BaseDirectory).Parent!.Parent!.FullName),
            ("CONFIGURATION", new DirectoryInfo(AppContext.BaseDirectory).Name),
        ];
        var exports = variables.Where(variable => variable.Value.Length > 0)
            .Select(variable => $"export {variable.Name}='{variable.Value}'");
        return workplace.RunAsync($"{string.Join('\n', exports)}\n{Shell.Programs}\n{commands}");
    }

    // Empty if this process is not the program dotnet.
    private static string DotnetRoot() =>
        Path.GetDirectoryName(Environment.ProcessPath) is { } own && File.Exists(Path.Combine(own, "dotnet")) ? own : "";

    private string ApiKey() => File.Exists(Path.Combine(workplace.Folder, InstallationFile))
        ? Installation()["Invalidator"]!["ApiKey"]!.GetValue<string>()
        : "";

    private JsonNode Installation() =>
        JsonNode.Parse(File.ReadAllText(Path.Combine(workplace.Folder, InstallationFile)), documentOptions: Comments)!;

    private void Edit(Func<string, string> edit)
    {
        var path = Path.Combine(workplace.Folder, InstallationFile);
        File.WriteAllText(path, edit(File.ReadAllText(path)));
    }

    private void AddRegion(string json)
    {
        var file = Installation();
        foreach (var (name, region) in JsonNode.Parse(MakeUnique(Here(json)))!.AsObject())
            file["Regions"]![name] = region!.DeepClone();
        Edit(_ => file.ToJsonString());
    }

    // The page's addresses become those of this test.
    private string Here(string text) => Regex.Replace(
            text,
            @"(?<!\d)(6379|6390|6391|5081|5082|5083)(?!\d)",
            match => $"{ports[match.Value]}",
            RegexOptions.ExplicitCapture,
            TimeSpan.FromSeconds(1))
        .Replace("127.0.0.1:5432/shop", $"{database.Host}:{database.Port}/{database.Database}", StringComparison.Ordinal)
        .Replace("127.0.0.1:5672", bus.Authority + bus.AbsolutePath, StringComparison.Ordinal)
        .Replace("--owner shop", $"--owner {Owner}", StringComparison.Ordinal);

    // Roles and users belong to the whole server, which other tests use too.
    private string MakeUnique(string file) => Regex.Replace(
            file, "amqp://(?<user>[a-z-]+):", $"amqp://${{user}}-{suffix}:", RegexOptions.ExplicitCapture, TimeSpan.FromSeconds(1))
        .Replace("Username=lastmile_invalidator", $"Username=lastmile_invalidator_{suffix}", StringComparison.Ordinal);
}
