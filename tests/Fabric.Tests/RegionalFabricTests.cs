using LastMile.Events.Fabric;
using LastMile.Events.Testing;
using Npgsql;
using StackExchange.Redis;
using Xunit;

namespace Fabric.Tests;

public sealed class RegionalFabricTests(RunningFabric running) : IClassFixture<RunningFabric>
{
    private readonly RegionalFabric fabric = running.Fabric;

    [Fact]
    public async Task Postgres_takes_connections_with_logical_replication_on()
    {
        await using var connection = new NpgsqlConnection(fabric.Postgres.ConnectionString);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand("show wal_level", connection);

        Assert.Equal("logical", await command.ExecuteScalarAsync());
    }

    [Fact]
    public async Task Postgres_refuses_a_wrong_password()
    {
        await using var connection = new NpgsqlConnection(fabric.Postgres.ConnectionString + ";Password=wrong");

        var error = await Assert.ThrowsAsync<PostgresException>(() => connection.OpenAsync());

        Assert.Equal(PostgresErrorCodes.InvalidPassword, error.SqlState);
    }

    [Fact]
    public async Task A_write_on_the_primary_reaches_each_region()
    {
        await using var primary = await ConnectAsync(fabric.Primary);

        await primary.GetDatabase().StringSetAsync("everywhere", "yes");

        foreach (var region in fabric.Regions)
        {
            await using var redis = await ConnectAsync(region.Redis);
            await Eventually.Async(async () => await redis.GetDatabase().StringGetAsync("everywhere") == "yes");
        }
    }

    [Fact]
    public async Task A_region_is_written_to_without_its_primary_knowing()
    {
        await using var region = await ConnectAsync(fabric.Regions[0].Redis);
        await using var primary = await ConnectAsync(fabric.Primary);

        await region.GetDatabase().ScriptEvaluateAsync("redis.call('SET', KEYS[1], 'here')", ["regional"]);

        Assert.Equal("here", await region.GetDatabase().StringGetAsync("regional"));
        Assert.False(await primary.GetDatabase().KeyExistsAsync("regional"));
    }

    [Fact]
    public async Task A_region_runs_with_the_configuration_of_deploy()
    {
        await using var redis = await ConnectAsync(fabric.Regions[0].Redis);

        var policy = await redis.GetServers()[0].ConfigGetAsync("maxmemory-policy");

        Assert.Equal("volatile-lru", policy[0].Value);
    }

    [Fact]
    public async Task A_cut_region_misses_writes_until_its_link_is_mended()
    {
        var region = fabric.Regions[1];
        await using var primary = await ConnectAsync(fabric.Primary);
        await using var redis = await ConnectAsync(region.Redis);

        region.Link!.Cut();
        await Eventually.Async(async () => (await InfoAsync(redis)).Contains("master_link_status:down", StringComparison.Ordinal));
        await primary.GetDatabase().StringSetAsync("while-cut", "yes");
        var seenWhileCut = await redis.GetDatabase().KeyExistsAsync("while-cut");
        region.Link.Mend();

        Assert.False(seenWhileCut);
        await Eventually.Async(() => redis.GetDatabase().KeyExistsAsync("while-cut"));
    }

    [Fact]
    public async Task A_killed_server_comes_back_on_its_port()
    {
        var region = fabric.Regions[2].Redis;

        await region.Process.KillAsync();
        await region.Process.StartAsync();

        await using var redis = await ConnectAsync(region);
        await redis.GetDatabase().PingAsync();
    }

    [Fact]
    public async Task A_restarted_postgres_has_kept_its_data()
    {
        await ExecuteAsync("create table kept (id int); insert into kept values (1)");

        await fabric.Postgres.Process.RestartAsync();

        NpgsqlConnection.ClearAllPools();
        Assert.Equal(1L, await ExecuteAsync("select count(*) from kept"));
    }

    private async Task<object?> ExecuteAsync(string sql)
    {
        await using var source = NpgsqlDataSource.Create(fabric.Postgres.ConnectionString);
        await using var command = source.CreateCommand(sql);
        return await command.ExecuteScalarAsync();
    }

    private static async Task<ConnectionMultiplexer> ConnectAsync(RedisServer server) =>
        await ConnectionMultiplexer.ConnectAsync(server.Endpoint + ",allowAdmin=true");

    private static async Task<string> InfoAsync(ConnectionMultiplexer redis) =>
        (await redis.GetDatabase().ExecuteAsync("INFO", "replication")).ToString();
}

public sealed class RunningFabric : IAsyncLifetime
{
    public RegionalFabric Fabric { get; private set; } = null!;

    public async ValueTask InitializeAsync() => Fabric = await RegionalFabric.StartAsync(new FabricOptions());

    public ValueTask DisposeAsync() => Fabric.DisposeAsync();
}
