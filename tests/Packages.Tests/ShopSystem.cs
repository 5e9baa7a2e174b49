using LastMile.Events.Fabric;
using LastMile.Events.Testing;
using Xunit;

namespace Packages.Tests;

/// <summary>The application, with the services of LastMile Events and one region.</summary>
internal sealed class ShopSystem : IAsyncDisposable
{
    private static readonly HttpClient Http = new();

    private readonly RunFolder logs = RunFolder.Create();
    private readonly List<IAsyncDisposable> started = [];

    private ShopSystem()
    {
    }

    /// <summary>The address of the application.</summary>
    public Uri Shop { get; } = new($"http://127.0.0.1:{FreePort.Next()}");

    /// <summary>The superuser's connection string to the application's database.</summary>
    public required string Database { get; init; }

    /// <summary>Starts the servers, the services and an application that has been built.</summary>
    public static async Task<ShopSystem> StartAsync(SharedServers servers, Workplace workplace)
    {
        var system = new ShopSystem { Database = await servers.CreateDatabaseAsync() };
        try
        {
            var bus = await servers.CreateVirtualHostAsync();
            var primary = await servers.StartRedisAsync();
            var region = await servers.StartRedisAsync(RedisRole.Region, primary.Port);
            system.started.AddRange([primary.Process, region.Process]);

            var shop = system.ShopCommand(workplace, region, bus);
            await using (var create = await ChildProcess.StartAsync(shop with { Arguments = [.. shop.Arguments, "--create"] }))
                Assert.True(await create.Exited == 0, string.Join('\n', create.LastLogLines()));
            await system.StartServicesAsync(primary, region, bus);
            system.started.Add(await ChildProcess.StartAsync(shop with { Arguments = [.. shop.Arguments, "--urls", $"{system.Shop}"] }));
            return system;
        }
        catch
        {
            await system.DisposeAsync();
            throw;
        }
    }

    /// <summary>Waits until the application serves a value without loading it.</summary>
    public Task ServedFromCacheAsync(string path, string value) => Eventually.Async(
        async () =>
        {
            try
            {
                await ReadAsync(path);
                var before = await ReadAsync("loads");
                var served = await ReadAsync(path);
                return await ReadAsync("loads") == before ? served : "loaded";
            }
            catch (HttpRequestException e)
            {
                // The application has not started yet.
                return e.Message;
            }
        },
        served => served == value,
        TimeSpan.FromSeconds(60),
        $"{path} is served from the cache as '{value}'");

    public async ValueTask DisposeAsync()
    {
        foreach (var process in started.AsEnumerable().Reverse())
            await process.DisposeAsync();
        logs.Dispose();
    }

    private async Task StartServicesAsync(RedisServer primary, RedisServer region, Uri bus)
    {
        var invalidator = await Service.StartInvalidatorAsync("invalidator", Database, primary.Endpoint, bus, logs.Path);
        started.Add(invalidator.Process);
        var agent = await Service.StartAsync(
            "agent",
            "LastMile.Events.RegionAgent",
            [
                new("Region:Name", "ams"), new("Region:Topology", "Replicated"),
                new("Redis:ConnectionString", region.Endpoint), new("RabbitMq:Uri", bus.AbsoluteUri),
            ],
            logs.Path);
        started.Add(agent.Process);
    }

    private ChildCommand ShopCommand(Workplace workplace, RedisServer region, Uri bus) => new(
        "shop", "dotnet", [Path.Combine(workplace.Folder, "bin", "Release", "net10.0", "Shop.dll")], Path.Combine(logs.Path, "shop.log"))
    {
        Environment = new Dictionary<string, string?>(StringComparer.Ordinal)
        {
            ["ConnectionStrings__Shop"] = Database,
            ["ConnectionStrings__Region"] = region.Endpoint,
            ["ConnectionStrings__RabbitMq"] = bus.AbsoluteUri,
        },
        WorkingDirectory = workplace.Folder,
    };

    private async Task<string> ReadAsync(string path) => await Http.GetStringAsync(new Uri(Shop, path));
}
