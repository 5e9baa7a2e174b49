using LastMile.Events.Fabric;
using LastMile.Events.Postgres;
using LastMile.Events.Testing;
using Npgsql;
using StackExchange.Redis;
using Xunit;
using Xunit.v3;

[assembly: AssemblyFixture(typeof(SharedServers))]
// Twice the cores of a small machine, because these tests wait about as long as they compute. Six threads saved no time and slowed each
// test.
[assembly: Parallelization(MaxThreads = 4)]
[assembly: TestCollectionOrderer(typeof(RunsFirstOrderer))]

namespace Invalidator.Tests;

/// <summary>
/// The servers of one or more Invalidators: a database with a captured table, a virtual host, a Redis primary and one region.
/// </summary>
internal sealed class World : IAsyncDisposable
{
    // All worlds share one delegate, because their databases are copies of one template.
    private static readonly Func<string, Task> prepare = PrepareAsync;

    private readonly ConnectionMultiplexer region;

    private World(
        string database, Uri amqp, Uri invalidatorAmqp, RedisServer primary, RedisServer regionServer, ConnectionMultiplexer region)
    {
        (Database, Amqp, InvalidatorAmqp) = (database, amqp, invalidatorAmqp);
        (Primary, RegionServer, this.region) = (primary, regionServer, region);
        Source = NpgsqlDataSource.Create(database);
    }

    public string Database { get; }

    public NpgsqlDataSource Source { get; }

    /// <summary>The URI of the virtual host for applications, regions and the test.</summary>
    public Uri Amqp { get; }

    /// <summary>The URI of the same virtual host for the Invalidators, whose user has fewer permissions.</summary>
    public Uri InvalidatorAmqp { get; }

    public RedisServer Primary { get; }

    public RedisServer RegionServer { get; }

    /// <summary>The region's writable replica, to which tests write as its applications do.</summary>
    public IDatabase Region => region.GetDatabase();

    public static Task<World> CreateAsync(
        SharedServers servers, IReadOnlyDictionary<string, string>? primaryConfig = null, string? postgres = null)
    {
        var database = postgres is null
            ? servers.CreateDatabaseAsync(prepare)
            : PreparedAsync(SharedServers.CreateDatabaseAsync(postgres));
        return CreateAsync(servers, database, primaryConfig);
    }

    /// <summary>Creates a world whose database has an encoding other than UTF-8.</summary>
    public static Task<World> CreateEncodedAsync(SharedServers servers, string encoding) =>
        CreateAsync(servers, PreparedAsync(servers.CreateEncodedDatabaseAsync(encoding)));

    private static async Task<World> CreateAsync(
        SharedServers servers, Task<string> database, IReadOnlyDictionary<string, string>? primaryConfig = null)
    {
        var amqp = servers.CreateVirtualHostAsync();
        var primary = await servers.StartRedisAsync(config: primaryConfig);
        var replica = await servers.StartRedisAsync(RedisRole.Region, primary.Port);
        return new World(
            await database,
            await amqp,
            await servers.CreateUserAsync(await amqp, RabbitMqUser.Invalidator),
            primary,
            replica,
            await ConnectionMultiplexer.ConnectAsync($"{replica.Endpoint},proxy=Envoyproxy,abortConnect=false"));
    }

    public async Task ExecuteAsync(string sql)
    {
        await using var command = Source.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }

    public async Task<T> ScalarAsync<T>(string sql)
    {
        await using var command = Source.CreateCommand(sql);
        return (T)(await command.ExecuteScalarAsync())!;
    }

    /// <summary>Waits until the outbox has no rows of an entity, and asserts that none of them was quarantined.</summary>
    public async Task NothingIsQuarantinedAsync(string entity)
    {
        // Rows leave the outbox and enter the quarantine in one transaction, so the quarantine is complete when the outbox is empty.
        await Eventually.Async(async () => await ScalarAsync<long>($"select count(*) from lastmile.outbox where entity = '{entity}'") == 0);
        Assert.Equal(0, await ScalarAsync<long>($"select count(*) from lastmile.outbox_quarantine where entity = '{entity}'"));
    }

    /// <summary>Fills the region's cache with keys that the primary does not hold.</summary>
    public Task CacheAsync(params string[] keys) =>
        region.GetDatabase().StringSetAsync([.. keys.Select(key => KeyValuePair.Create((RedisKey)key, (RedisValue)"cached"))]);

    public async Task<bool> IsCachedAsync(string key) => await Region.KeyExistsAsync(key);

    /// <summary>Returns those of the keys that the region holds.</summary>
    public async Task<string[]> CachedOfAsync(params string[] keys)
    {
        var held = await Task.WhenAll(keys.Select(async key => (Key: key, Held: await Region.KeyExistsAsync(key))));
        return [.. held.Where(entry => entry.Held).Select(entry => entry.Key)];
    }

    /// <summary>Waits until the region holds none of the keys.</summary>
    public Task GoneAsync(params string[] keys)
    {
        // Polls with one command for any number of keys, so that the test does not take processor time from the service.
        RedisKey[] all = [.. keys.Select(key => (RedisKey)key)];
        return Eventually.Async(
            () => Region.KeyExistsAsync(all),
            left => left == 0,
            sought: $"none of {keys.Length} keys left: {string.Join(", ", keys.Take(5))}");
    }

    /// <summary>Waits until the outbox is empty.</summary>
    public Task OutboxEmptyAsync() =>
        Eventually.Async(() => ScalarAsync<long>("select count(*) from lastmile.outbox"), left => left == 0);

    /// <summary>Waits until a tag has a generation that differs from the given one, and returns it.</summary>
    public Task<string?> RenewedAsync(string tag, string? than = null) =>
        Eventually.Async(
            () => GenerationAsync(tag),
            generation => generation is not null && generation != than,
            sought: $"a new generation of {tag}");

    public async Task<string?> GenerationAsync(string tag) => await Region.StringGetAsync("lm:main:tag:" + tag);

    private static async Task<string> PreparedAsync(Task<string> created)
    {
        var database = await created;
        await PrepareAsync(database);
        return database;
    }

    private static async Task PrepareAsync(string database)
    {
        await using var source = NpgsqlDataSource.Create(database);
        await OutboxSchema.InstallAsync(source);
        await using var command = source.CreateCommand(
            """
            -- Starts epochs at 1 for readable tests.
            alter function lastmile.epoch_floor() rename to epoch_floor_by_the_clock;
            create function lastmile.epoch_floor() returns bigint language sql return 0;
            create table products (id int primary key, slug text, category_id int);
            select lastmile.track('products', 'Product', array['product:{id}', 'slug:{slug}'], array['category:{category_id}']);
            """);
        await command.ExecuteNonQueryAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await region.DisposeAsync();
        await Source.DisposeAsync();
        await RegionServer.Process.DisposeAsync();
        await Primary.Process.DisposeAsync();
    }
}
