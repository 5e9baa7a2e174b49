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
    public async Task PostgreSQL_accepts_connections_and_has_logical_replication_on()
    {
        await using var connection = new NpgsqlConnection(fabric.Postgres.ConnectionString);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand("show wal_level", connection);

        Assert.Equal("logical", await command.ExecuteScalarAsync());
    }

    [Fact]
    public async Task PostgreSQL_rejects_a_wrong_password()
    {
        await using var connection = new NpgsqlConnection(fabric.Postgres.ConnectionString + ";Password=wrong");

        var error = await Assert.ThrowsAsync<PostgresException>(() => connection.OpenAsync());

        Assert.Equal(PostgresErrorCodes.InvalidPassword, error.SqlState);
    }

    [Fact]
    public async Task A_write_on_the_primary_reaches_each_replica_and_no_independent_region()
    {
        await using var primary = await ConnectAsync(fabric.Primary);

        await primary.GetDatabase().StringSetAsync("everywhere", "yes");

        foreach (var region in fabric.Regions.Where(region => region.Kind == RegionKind.Replicated))
        {
            await using var redis = await ConnectAsync(region.Redis);
            await Eventually.Async(async () => await redis.GetDatabase().StringGetAsync("everywhere") == "yes");
        }

        await using var independent = await ConnectAsync(Independent.Redis);
        Assert.False(await independent.GetDatabase().KeyExistsAsync("everywhere"));
        Assert.Contains("role:master", await InfoAsync(independent), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_write_to_a_region_does_not_reach_its_primary()
    {
        await using var region = await ConnectAsync(fabric.Regions[0].Redis);
        await using var primary = await ConnectAsync(fabric.Primary);

        await region.GetDatabase().ScriptEvaluateAsync("redis.call('SET', KEYS[1], 'here')", ["regional"]);

        Assert.Equal("here", await region.GetDatabase().StringGetAsync("regional"));
        Assert.False(await primary.GetDatabase().KeyExistsAsync("regional"));
    }

    [Fact]
    public async Task A_region_runs_with_the_configuration_from_deploy()
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
    public async Task A_killed_region_restarts_empty_on_the_same_port()
    {
        await SetAsync(Independent.Redis, "held");

        await Independent.Redis.Process.KillAsync();
        await Independent.Redis.Process.StartAsync();

        await using var redis = await ConnectAsync(Independent.Redis);
        Assert.False(await redis.GetDatabase().KeyExistsAsync("held"));
    }

    [Fact]
    public async Task A_paused_region_responds_only_after_it_is_resumed()
    {
        await using var redis = await ConnectAsync(fabric.Regions[0].Redis);

        await fabric.Regions[0].Redis.Process.PauseAsync();
        var answer = redis.GetDatabase().PingAsync();
        await Assert.ThrowsAsync<TimeoutException>(() => answer.WaitAsync(TimeSpan.FromMilliseconds(300)));
        await fabric.Regions[0].Redis.Process.ResumeAsync();

        await answer;
    }

    [Fact]
    public async Task A_resync_replaces_the_keys_of_a_region_with_those_of_the_primary()
    {
        await SetAsync(fabric.Primary, "of-the-primary");
        await SetAsync(fabric.Regions[0].Redis, "of-the-region");
        await using var redis = await ConnectAsync(fabric.Regions[0].Redis);

        // Long enough for a busy machine to observe the sync in progress.
        await fabric.ResyncAsync(fabric.Regions[0], TimeSpan.FromSeconds(3));
        Assert.Contains("master_sync_in_progress:1", await InfoAsync(redis), StringComparison.Ordinal);
        await fabric.Regions[0].Redis.WaitForSyncAsync();

        Assert.False(await redis.GetDatabase().KeyExistsAsync("of-the-region"));
        Assert.True(await redis.GetDatabase().KeyExistsAsync("of-the-primary"));
    }

    [Fact]
    public async Task Cutting_an_independent_regions_link_disconnects_its_agent_but_not_its_applications()
    {
        var options = ConfigurationOptions.Parse(Independent.AgentEndpoint);
        // By default, the client checks its connection once per second and reconnects 2.5 s later.
        options.HeartbeatInterval = TimeSpan.FromMilliseconds(100);
        options.ReconnectRetryPolicy = new LinearRetry(100);
        await using var agent = await ConnectionMultiplexer.ConnectAsync(options);

        Independent.Link!.Cut();
        await Eventually.Async(() => !agent.IsConnected);
        await SetAsync(Independent.Redis, "by-an-application");
        Independent.Link.Mend();

        await Eventually.Async(() => agent.IsConnected);
        Assert.True((await agent.GetDatabase().StringGetAsync("by-an-application")).HasValue);
    }

    [Fact]
    public async Task The_agent_of_a_cluster_reaches_each_of_its_nodes_over_one_link()
    {
        var region = fabric.Regions.Single(region => region.Server == RegionServer.Cluster);
        var options = ConfigurationOptions.Parse(region.AgentEndpoint);
        options.HeartbeatInterval = TimeSpan.FromMilliseconds(100);
        options.ReconnectRetryPolicy = new LinearRetry(100);
        await using var agent = await ConnectionMultiplexer.ConnectAsync(options);

        // Each in a slot of another node.
        await SetEachAsync(agent.GetDatabase(), "3", "9", "7");
        region.Link!.Cut();
        await Eventually.Async(() => agent.GetServers().All(server => !server.IsConnected));
        region.Link.Mend();

        await Eventually.Async(() => agent.GetServers().All(server => server.IsConnected));
    }

    [Fact]
    public async Task An_emptied_region_with_a_cluster_holds_no_key()
    {
        var region = fabric.Regions.Single(region => region.Server == RegionServer.Cluster);
        await using var redis = await ConnectionMultiplexer.ConnectAsync(region.AdministratorEndpoint);
        string[] keys = [.. Enumerable.Range(0, 20).Select(number => $"held-{number}")];
        await SetEachAsync(redis.GetDatabase(), keys);

        await region.EmptyAsync();

        foreach (var key in keys)
            Assert.False(await redis.GetDatabase().KeyExistsAsync(key));
    }

    [Fact]
    public async Task The_address_of_a_managed_region_stays_the_same_through_a_failover()
    {
        var region = fabric.Regions.Single(region => region.Server == RegionServer.Managed);
        await using var redis = await ConnectAsync(region.Redis);
        await redis.GetDatabase().StringSetAsync("replicated", "yes");
        await redis.GetDatabase().ExecuteAsync("WAIT", "1", "5000");

        await region.Endpoint!.FailOverAsync();

        await Eventually.Async(() => redis.IsConnected);
        Assert.Equal("yes", await redis.GetDatabase().StringGetAsync("replicated"));
        await region.Endpoint.RejoinAsync();
        await SetAsync(region.Redis, "after");
        await using var standby = await ConnectAsync(region.Endpoint.Standby);
        await Eventually.Async(() => standby.GetDatabase().KeyExistsAsync("after"));
    }

    [Fact, Long]
    public async Task A_restarted_RabbitMQ_keeps_its_data()
    {
        using var http = new HttpClient { BaseAddress = fabric.RabbitMq.ManagementUri };
        http.DefaultRequestHeaders.Authorization = ServerProbe.Credentials(fabric.RabbitMq.ManagementUri);
        using var created = await http.PutAsync(new Uri("api/vhosts/kept", UriKind.Relative), null);

        await fabric.RabbitMq.Process.StopAsync();
        await Assert.ThrowsAsync<HttpRequestException>(() => http.GetAsync(new Uri("api/whoami", UriKind.Relative)));
        await fabric.RabbitMq.Process.StartAsync();

        using var kept = await http.GetAsync(new Uri("api/vhosts/kept", UriKind.Relative));
        Assert.True(kept.IsSuccessStatusCode);
    }

    [Fact]
    public async Task A_restarted_PostgreSQL_keeps_its_data()
    {
        await ExecuteAsync("create table kept (id int); insert into kept values (1)");

        await fabric.Postgres.Process.RestartAsync();

        NpgsqlConnection.ClearAllPools();
        Assert.Equal(1L, await ExecuteAsync("select count(*) from kept"));
    }

    private Region Independent => fabric.Regions.Single(region => region.Name == "gru");

    private static async Task SetEachAsync(IDatabase database, params string[] keys)
    {
        foreach (var key in keys)
            Assert.True(await database.StringSetAsync(key, "yes"));
    }

    // Uses a script, which the client also sends to a replica.
    private static async Task SetAsync(RedisServer server, string key)
    {
        await using var redis = await ConnectAsync(server);
        await redis.GetDatabase().ScriptEvaluateAsync("redis.call('SET', KEYS[1], 'yes')", [key]);
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

    public async ValueTask InitializeAsync() => Fabric = await RegionalFabric.StartAsync(new FabricOptions
    {
        Regions = ["ams", "syd", "gru", "iad", "bom"],
        Independent = ["gru", "iad", "bom"],
        Servers = new Dictionary<string, RegionServer>(StringComparer.Ordinal)
        {
            ["iad"] = RegionServer.Cluster,
            ["bom"] = RegionServer.Managed,
        },
    });

    public ValueTask DisposeAsync() => Fabric.DisposeAsync();
}
