using System.Diagnostics;
using System.Text.Json;
using LastMile.Events.Fabric;
using LastMile.Events.Testing;
using Npgsql;
using StackExchange.Redis;
using Xunit;
using Xunit.Sdk;
using Xunit.v3;

// Each collection runs a whole system, so a small machine runs one at a time.
[assembly: Parallelization(Mode = ParallelMode.None)]

namespace LastMile.Events.EndToEnd.Tests;

/// <summary>
/// A whole system with two replicated regions, two independent regions and a standby of the primary. The tests of a collection share it:
/// each uses its own products and leaves the regions as it found them. The system uses the PostgreSQL and RabbitMQ of the test run, if the
/// run has them.
/// </summary>
public class RunningSystem : IAsyncLifetime
{
    private const int Products = 1_000;

    private int taken;

    internal LastMileSystem System { get; private set; } = null!;

    internal NpgsqlDataSource Database { get; private set; } = null!;

    internal ConnectionMultiplexer Primary { get; private set; } = null!;

    /// <summary>The regions: the first two are replicated, the others independent.</summary>
    internal IReadOnlyList<RunningRegion> Regions { get; private set; } = [];

    internal AlertRecorder Alerts { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        System = await LastMileSystem.StartAsync(Options, Products);
        Database = NpgsqlDataSource.Create(System.Database.ConnectionString);
        Primary = await ConnectionMultiplexer.ConnectAsync(System.Servers.Primary.Endpoint);
        Regions = await Task.WhenAll(
            System.Servers.Regions.Select(region => RunningRegion.ConnectAsync(region, System.Agents[region.Name])).ToArray());
        Alerts = await AlertRecorder.StartAsync(System.Servers.RabbitMq.Uri);
    }

    public async ValueTask DisposeAsync()
    {
        if (Alerts is not null)
            await Alerts.DisposeAsync();
        foreach (var region in Regions)
            await region.DisposeAsync();
        if (Primary is not null)
            await Primary.DisposeAsync();
        if (Database is not null)
            await Database.DisposeAsync();
        if (System is not null)
            await System.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    /// <summary>The servers and regions of the system.</summary>
    protected virtual FabricOptions Options => new()
    {
        Regions = ["ams", "syd", "gru", "iad"],
        Independent = ["gru", "iad"],
        Standby = true,
        BusLink = true,
        Shared = ServerAddresses.FromEnvironment(),
    };

    /// <summary>Returns products that no other test uses.</summary>
    internal int[] Take(int count) => [.. Enumerable.Range(Interlocked.Add(ref taken, count) - count + 1, count)];

    /// <summary>Returns products that no other test uses, and their cache keys.</summary>
    internal (int[] Ids, string[] Keys) TakeKeys(int count)
    {
        var ids = Take(count);
        return (ids, Array.ConvertAll(ids, id => $"product:{id}"));
    }

    /// <summary>Changes products and waits until they are purged in a region.</summary>
    internal async Task PurgesArriveAsync(RunningRegion region)
    {
        var (ids, keys) = TakeKeys(20);
        await region.FillAsync(keys);
        await ChangeAsync(ids);
        await region.GoneAsync(keys);
    }

    internal Task FillAsync(params string[] keys) => Task.WhenAll(Regions.Select(region => region.FillAsync(keys)));

    internal Task GoneAsync(params string[] keys) => Task.WhenAll(Regions.Select(region => region.GoneAsync(keys)));

    /// <summary>Changes products, one transaction each.</summary>
    internal async Task ChangeAsync(params int[] ids)
    {
        foreach (var id in ids)
            await QueryAsync<string>("update products set name = name || '!' where id = $1 returning name", id);
    }

    internal async Task ExecuteAsync(string sql)
    {
        await using var command = Database.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }

    internal async Task<T> QueryAsync<T>(string sql, params object[] parameters)
    {
        await using var command = Database.CreateCommand(sql);
        foreach (var parameter in parameters)
            command.Parameters.Add(new() { Value = parameter });
        return (T)(await command.ExecuteScalarAsync())!;
    }
}

/// <summary>One region of the system, with a connection to its Redis.</summary>
internal sealed class RunningRegion : IAsyncDisposable
{
    // Region:RepairAfter plus a second.
    private static readonly TimeSpan StaleAtMost = TimeSpan.FromMilliseconds(1_250);

    // The client checks its connection every second and waits up to five seconds between attempts.
    private static readonly TimeSpan Reconnect = TimeSpan.FromSeconds(8);
    private static readonly HttpClient Http = new();

    private readonly ConnectionMultiplexer connection;
    private readonly Service agent;

    private RunningRegion(Region region, Service agent, ConnectionMultiplexer connection) =>
        (Region, this.agent, this.connection) = (region, agent, connection);

    public Region Region { get; }

    public string Name => Region.Name;

    public WanLink Link => Region.Link!;

    public IServerProcess Redis => Region.Redis.Process;

    public IServerProcess Agent => agent.Process;

    // The client sends ordinary writes to a replica only with this option: docs/regional-cache.md.
    public static async Task<RunningRegion> ConnectAsync(Region region, Service agent) =>
        new(region, agent, await ConnectionMultiplexer.ConnectAsync(region.Redis.Endpoint + ",proxy=Envoyproxy"));

    public async Task FillAsync(params string[] keys)
    {
        foreach (var chunk in keys.Chunk(1_000))
            await Task.WhenAll(chunk.Select(key => connection.GetDatabase().StringSetAsync(key, "cached", TimeSpan.FromHours(1))));
    }

    /// <summary>Returns how many of the keys the region holds.</summary>
    public Task<long> HeldAsync(params string[] keys) =>
        connection.GetDatabase().KeyExistsAsync(Array.ConvertAll(keys, key => (RedisKey)key));

    public Task GoneAsync(params string[] keys) => Eventually.Async(() => HeldAsync(keys), held => held == 0);

    /// <summary>Waits until the keys are gone, and asserts that this takes at most <c>Region:RepairAfter</c> plus a second.</summary>
    /// <param name="keys">The keys.</param>
    /// <param name="afterReconnect">Whether the agent must reconnect to the region's Redis first.</param>
    public async Task GoneInTimeAsync(string[] keys, bool afterReconnect = false)
    {
        var begin = Stopwatch.GetTimestamp();
        await Eventually.Async(
            async () =>
            {
                try
                {
                    return await HeldAsync(keys) == 0;
                }
                catch (RedisException)
                {
                    // A Redis that does not answer serves no stale value, so restart the clock.
                    begin = Stopwatch.GetTimestamp();
                    return false;
                }
            });
        Assert.InRange(Stopwatch.GetElapsedTime(begin), TimeSpan.Zero, afterReconnect ? StaleAtMost + Reconnect : StaleAtMost);
    }

    /// <summary>Returns the verdict from <c>/status</c> of the region's agent.</summary>
    public async Task<string> VerdictAsync() => (await StatusAsync(agent)).GetProperty("verdict").GetString()!;

    /// <summary>Returns where the region's agent receives purges from.</summary>
    public async Task<string> ReceivesFromAsync() => (await StatusAsync(agent)).GetProperty("receivesFrom").GetString()!;

    /// <summary>Returns whether the region's agent is active rather than standing by.</summary>
    public Task<bool> AgentIsActiveAsync() => IsActiveAsync(agent);

    /// <summary>Returns whether an agent is active rather than standing by.</summary>
    public static async Task<bool> IsActiveAsync(Service agent) => (await StatusAsync(agent)).GetProperty("active").GetBoolean();

    public Task VerdictIsAsync(string verdict) => Eventually.Async(VerdictAsync, seen => seen == verdict);

    /// <summary>
    /// Waits until the region's agent reports no problem. The verdict alone is not enough: it may predate a link that has just broken.
    /// </summary>
    public Task IsHealthyAsync() => Eventually.Async(
        async () => (await StatusAsync(agent)).ToString(),
        text => JsonElement.Parse(text) is var status
            && status.GetProperty("verdict").GetString() == "Converged"
            && status.GetProperty("link").GetString() == "Up"
            && status.GetProperty("behindBatches").GetInt64() == 0
            && status.GetProperty("alertsWaiting").GetInt32() == 0,
        sought: $"the agent of {Name} reports no problem");

    public ValueTask DisposeAsync() => connection.DisposeAsync();

    private static async Task<JsonElement> StatusAsync(Service agent) =>
        JsonElement.Parse(await Http.GetStringAsync(new Uri(agent.Address, "status")));
}
