using System.Net.Http.Headers;
using System.Text;
using LastMile.Events.Fabric;
using LastMile.Events.Testing;
using Npgsql;
using StackExchange.Redis;
using Xunit;
using Xunit.v3;

[assembly: AssemblyFixture(typeof(SharedServers))]
// These tests mostly wait.
[assembly: Parallelization(MaxThreads = 4)]

namespace Fabric.Tests;

public sealed class SharedServersTests(SharedServers servers)
{
    [Fact]
    public async Task Each_database_is_empty_and_separate()
    {
        var (first, second) = (await servers.CreateDatabaseAsync(), await servers.CreateDatabaseAsync());

        await ExecuteAsync(first, "create table only_here (id int)");

        Assert.Equal(1L, await ExecuteAsync(first, "select count(*) from pg_tables where tablename = 'only_here'"));
        Assert.Equal(0L, await ExecuteAsync(second, "select count(*) from pg_tables where tablename = 'only_here'"));
    }

    [Fact]
    public async Task Copies_of_a_template_have_its_contents_and_share_nothing()
    {
        var copies = await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => servers.CreateDatabaseAsync(CreateTableAsync)));

        await ExecuteAsync(copies[0], "insert into prepared values (2)");

        Assert.Equal(2L, await ExecuteAsync(copies[0], "select count(*) from prepared"));
        Assert.Equal(1L, await ExecuteAsync(copies[1], "select count(*) from prepared"));
        Assert.Equal(1L, await ExecuteAsync(await servers.CreateDatabaseAsync(CreateTableAsync), "select count(*) from prepared"));

        static Task CreateTableAsync(string database) => ExecuteAsync(database, "create table prepared as select 1 as id");
    }

    [Fact]
    public async Task A_PostgreSQL_next_to_the_shared_one_has_its_own_settings()
    {
        var shared = await servers.CreateDatabaseAsync();
        var own = await servers.StartPostgresAsync();

        await ExecuteAsync(own.ConnectionString, "alter system set work_mem = '7MB'");
        await own.Process.RestartAsync();

        Assert.Equal("7MB", await ExecuteAsync(own.ConnectionString, "show work_mem"));
        Assert.NotEqual("7MB", await ExecuteAsync(shared, "show work_mem"));
    }

    [Fact]
    public async Task The_user_in_the_address_of_a_virtual_host_may_use_it()
    {
        var amqp = await servers.CreateVirtualHostAsync();

        Assert.Equal("amqp", amqp.Scheme);
        Assert.Matches("^/test_[0-9a-f]+$", amqp.AbsolutePath);
        Assert.Contains("\"configure\":\".*\"", await PermissionsAsync(amqp), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_replica_is_in_sync_with_its_primary()
    {
        var primary = await servers.StartRedisAsync();
        await using var there = await ConnectionMultiplexer.ConnectAsync(primary.Endpoint);
        await there.GetDatabase().StringSetAsync("before", "yes");

        var region = await servers.StartRedisAsync(RedisRole.Region, primary.Port);

        await using var here = await ConnectionMultiplexer.ConnectAsync(region.Endpoint);
        Assert.Equal("yes", await here.GetDatabase().StringGetAsync("before"));
    }

    [Fact]
    public async Task Regions_stay_warm_when_a_primary_that_saves_restarts()
    {
        var primary = await servers.StartRedisAsync(config: new Dictionary<string, string>(StringComparer.Ordinal) { ["save"] = "300 1" });
        var region = await servers.StartRedisAsync(RedisRole.Region, primary.Port);
        await using var there = await ConnectionMultiplexer.ConnectAsync(primary.Endpoint);
        await there.GetDatabase().StringSetAsync("watermark", "1");
        await using var here = await ConnectionMultiplexer.ConnectAsync(region.Endpoint);
        await here.GetDatabase().ScriptEvaluateAsync("redis.call('SET', 'regional', 'warm')");

        await primary.Process.RestartAsync();
        await region.WaitForSyncAsync();

        Assert.Equal("warm", await here.GetDatabase().StringGetAsync("regional"));
    }

    private static async Task<object?> ExecuteAsync(string connectionString, string sql)
    {
        await using var source = NpgsqlDataSource.Create(connectionString);
        await using var command = source.CreateCommand(sql);
        return await command.ExecuteScalarAsync();
    }

    private async Task<string> PermissionsAsync(Uri amqp)
    {
        using var http = new HttpClient();
        http.DefaultRequestHeaders.Authorization =
            new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes(amqp.UserInfo)));
        return await http.GetStringAsync(new Uri(await servers.ManagementAsync(), $"api/vhosts{amqp.AbsolutePath}/permissions"));
    }
}
