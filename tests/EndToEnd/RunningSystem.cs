using LastMile.Events.Fabric;
using LastMile.Events.Testing;
using Npgsql;
using StackExchange.Redis;
using Xunit;
using Xunit.Sdk;
using Xunit.v3;

// Each of these runs a whole system: one at a time on a small machine.
[assembly: Parallelization(Mode = ParallelMode.None)]

namespace LastMile.Events.EndToEnd.Tests;

/// <summary>A whole system of two regions, shared by the tests of a class; each test takes products of its own.</summary>
public abstract class RunningSystem(Topology topology) : IAsyncLifetime
{
    private const int Products = 500;

    private readonly List<ConnectionMultiplexer> connections = [];
    private int taken;

    internal LastMileSystem System { get; private set; } = null!;

    internal NpgsqlDataSource Database { get; private set; } = null!;

    internal IDatabase Primary { get; private set; } = null!;

    internal IReadOnlyList<IDatabase> Regions { get; private set; } = [];

    public async ValueTask InitializeAsync()
    {
        System = await LastMileSystem.StartAsync(new FabricOptions { Regions = ["ams", "syd"], Topology = topology }, Products);
        Database = NpgsqlDataSource.Create(System.Database.ConnectionString);
        Primary = await ConnectAsync(System.Servers.Primary.Endpoint);
        // A replica takes ordinary writes from this client only behind a "proxy".
        Regions = await Task.WhenAll(System.Servers.Regions.Select(region => ConnectAsync(region.Redis.Endpoint + ",proxy=Envoyproxy")).ToArray());
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var connection in connections)
            await connection.DisposeAsync();
        if (Database is not null)
            await Database.DisposeAsync();
        if (System is not null)
            await System.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    /// <summary>Products that no other test uses.</summary>
    internal int[] Take(int count) => [.. Enumerable.Range(Interlocked.Add(ref taken, count) - count + 1, count)];

    internal async Task FillAsync(params string[] keys)
    {
        foreach (var region in Regions)
        {
            foreach (var key in keys)
                await region.StringSetAsync(key, "cached", TimeSpan.FromHours(1));
        }
    }

    /// <summary>The keys that some region still holds.</summary>
    internal async Task<IReadOnlyList<string>> HeldAsync(params string[] keys)
    {
        var held = new List<string>();
        foreach (var region in Regions)
        {
            foreach (var key in keys)
            {
                if (await region.KeyExistsAsync(key))
                    held.Add(key);
            }
        }

        return held;
    }

    internal Task GoneAsync(params string[] keys) => Eventually.Async(async () => (await HeldAsync(keys)).Count == 0);

    internal async Task<T> QueryAsync<T>(string sql, params object[] parameters)
    {
        await using var command = Database.CreateCommand(sql);
        foreach (var parameter in parameters)
            command.Parameters.Add(new() { Value = parameter });
        return (T)(await command.ExecuteScalarAsync())!;
    }

    private async Task<IDatabase> ConnectAsync(string endpoint)
    {
        var connection = await ConnectionMultiplexer.ConnectAsync(endpoint);
        lock (connections)
            connections.Add(connection);
        return connection.GetDatabase();
    }
}

/// <summary>Regions are replicas of the primary.</summary>
public sealed class ReplicatedSystem() : RunningSystem(Topology.Replicated);

/// <summary>Regions are servers of their own.</summary>
public sealed class IndependentSystem() : RunningSystem(Topology.Independent);
