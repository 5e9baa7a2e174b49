using LastMile.Events.Fabric;
using Npgsql;
using RabbitMQ.Client;
using Xunit;

namespace LastMile.Events.EndToEnd.Tests;

/// <summary>Shows that the rights of a service allow no more than its work; the other tests here show that they allow its work.</summary>
[Collection<SystemTests>]
public sealed class RightsTests(RunningSystem system)
{
    private const ushort AccessRefused = 403;

    [Theory]
    [InlineData("select * from lastmile.outbox")]
    [InlineData("insert into lastmile.outbox (entity, kind, columns, rows, row_count) values ('', '', '{}', '[]', 0)")]
    [InlineData("delete from lastmile.purge_log")]
    [InlineData("select lastmile.untrack('products')")]
    [InlineData("alter table products disable trigger lastmile_update")]
    [InlineData("truncate products")]
    [InlineData("set session_replication_role = replica")]
    [InlineData("select * from \"__EFMigrationsHistory\"")]
    [InlineData("create table public.mine (id int)")]
    [InlineData("create temporary table mine (id int)")]
    public Task PostgreSQL_refuses_the_application(string sql) => RefusedAsync(system.System.Database.ApplicationConnectionString, sql);

    [Theory]
    [InlineData("select * from products")]
    [InlineData("update products set views = 0")]
    [InlineData("select lastmile.untrack('products')")]
    [InlineData("insert into lastmile.outbox (entity, kind, columns, rows, row_count) values ('', '', '{}', '[]', 0)")]
    [InlineData("delete from lastmile.outbox_quarantine")]
    [InlineData("create table public.mine (id int)")]
    public Task PostgreSQL_refuses_the_Invalidator(string sql) => RefusedAsync(system.System.Database.RelayConnectionString, sql);

    [Theory]
    [InlineData("create role mine")]
    [InlineData("create database mine")]
    [InlineData("alter system set fsync = off")]
    public Task PostgreSQL_refuses_the_migrator(string sql) => RefusedAsync(system.System.Database.ConnectionString, sql);

    [Theory]
    [InlineData(RedisUser.Invalidator, "CONFIG GET masterauth")]
    [InlineData(RedisUser.Invalidator, "KEYS *")]
    [InlineData(RedisUser.Invalidator, "ACL LIST")]
    [InlineData(RedisUser.Invalidator, "CLIENT LIST")]
    [InlineData(RedisUser.Invalidator, "REPLICAOF NO ONE")]
    [InlineData(RedisUser.Invalidator, "PUBLISH other 1")]
    [InlineData(RedisUser.Replica, "GET lm:main:watermark")]
    [InlineData(RedisUser.Replica, "SET lm:main:watermark 9-9")]
    public async Task The_primary_refuses_its_users(RedisUser user, string command) =>
        Assert.StartsWith(
            "-NOPERM", await RedisSession.ExecuteAsync(system.System.Servers.Primary, user, command), StringComparison.Ordinal);

    [Theory]
    [InlineData(RedisUser.Application)]
    [InlineData(RedisUser.Agent)]
    public async Task The_users_of_regions_do_not_exist_on_the_primary(RedisUser user) =>
        Assert.StartsWith(
            "-WRONGPASS", await RedisSession.ExecuteAsync(system.System.Servers.Primary, user, "PING"), StringComparison.Ordinal);

    [Theory]
    [InlineData(RedisUser.Application, "SET lm:main:watermark 9-9")]
    [InlineData(RedisUser.Application, "SET lm:main:tag:x 9-9")]
    [InlineData(RedisUser.Application, "UNLINK lm:main:tag:x")]
    [InlineData(RedisUser.Application, "EVAL \"redis.call('UNLINK', 'lm:main:tag:x')\" 0")]
    [InlineData(RedisUser.Application, "SET lm:main:sound x")]
    [InlineData(RedisUser.Application, "SET lm:main:late x")]
    [InlineData(RedisUser.Application, "GET lm:main:applied")]
    [InlineData(RedisUser.Application, "PUBLISH lm:main:watermark 9-9")]
    [InlineData(RedisUser.Application, "FLUSHDB")]
    [InlineData(RedisUser.Application, "CONFIG GET masterauth")]
    [InlineData(RedisUser.Agent, "CONFIG GET masterauth")]
    [InlineData(RedisUser.Agent, "REPLICAOF NO ONE")]
    [InlineData(RedisUser.Agent, "FLUSHALL")]
    public async Task A_region_refuses_its_users(RedisUser user, string command)
    {
        foreach (var region in system.Regions)
            Assert.Matches("^-NOPERM|can't access", await RedisSession.ExecuteAsync(region.Region.Redis, user, command));
    }

    [Theory]
    [InlineData("GET lm:main:tag:x", "$-1")]
    [InlineData("GET lm:main:late", "$")]
    [InlineData("SET l x PX 1", "-NOPERM")]
    [InlineData("SET lx:entry x PX 1", "+OK")]
    [InlineData("SET lm-entry x PX 1", "+OK")]
    [InlineData("SET product:0 x PX 1", "+OK")]
    public async Task An_application_may_read_tags_and_write_keys_that_do_not_begin_like_LastMile_names(string command, string answer) =>
        Assert.StartsWith(
            answer,
            await RedisSession.ExecuteAsync(system.Regions[0].Region.Redis, RedisUser.Application, command),
            StringComparison.Ordinal);

    [Fact]
    public async Task Each_service_logs_in_as_its_own_user()
    {
        // The tests' administrator needs no password, so a service whose login failed would go unnoticed as that user.
        var onPrimary = await RedisSession.ExecuteAsAdministratorAsync(system.System.Servers.Primary, "CLIENT LIST");
        Assert.Contains("user=lastmile-invalidator ", onPrimary, StringComparison.Ordinal);
        Assert.Contains("user=replica ", onPrimary, StringComparison.Ordinal);
        foreach (var region in system.Regions)
        {
            var inRegion = await RedisSession.ExecuteAsAdministratorAsync(region.Region.Redis, "CLIENT LIST");
            Assert.Contains("user=lastmile-agent ", inRegion, StringComparison.Ordinal);
            Assert.Contains("user=application ", inRegion, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task No_service_sends_Redis_a_command_that_it_may_not()
    {
        foreach (var redis in system.Regions.Select(region => region.Region.Redis).Append(system.System.Servers.Primary))
        {
            Assert.DoesNotContain(
                "SE.Redis", await RedisSession.ExecuteAsAdministratorAsync(redis, "ACL LOG 128"), StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("LastMile.Events.Messages:EntityChanged")]
    [InlineData("LastMile.Events.Messages:RegionReported")]
    [InlineData("lastmile.region.ams")]
    public Task RabbitMQ_refuses_messages_of_the_Invalidator(string exchange) =>
        RefusedAsync(RabbitMqUser.Invalidator, channel => PublishAsync(channel, exchange));

    [Theory]
    [InlineData("LastMile.Events.Messages:EntityChanged")]
    [InlineData("LastMile.Events.Messages:PurgesApplied")]
    [InlineData("LastMile.Events.Messages:InvalidatorHeartbeat")]
    [InlineData("lastmile.region.syd")]
    [InlineData("lastmile.changes.main")]
    public Task RabbitMQ_refuses_messages_of_an_agent(string exchange) =>
        RefusedAsync(RabbitMqUser.Agent("ams"), channel => PublishAsync(channel, exchange));

    [Theory]
    [InlineData("LastMile.Events.Messages:PurgesApplied")]
    [InlineData("LastMile.Events.Messages:ReplicaLagRecovered")]
    [InlineData("lastmile.changes.main")]
    public Task RabbitMQ_refuses_messages_of_an_application(string exchange) =>
        RefusedAsync(RabbitMqUser.Application, channel => PublishAsync(channel, exchange));

    [Fact]
    public async Task No_user_may_read_delete_or_bind_the_queues_and_exchanges_of_another()
    {
        await RefusedAsync(RabbitMqUser.Agent("ams"), channel => channel.BasicGetAsync("lastmile.region.syd", autoAck: false));
        await RefusedAsync(
            RabbitMqUser.Agent("ams"),
            channel => channel.ExchangeBindAsync("lastmile.region.ams", "LastMile.Events.Messages:EntityChanged", ""));
        await RefusedAsync(RabbitMqUser.Application, channel => channel.BasicGetAsync("lastmile.changes.main", autoAck: false));
        await RefusedAsync(RabbitMqUser.Application, channel => channel.QueueDeleteAsync("lastmile.changes.main"));
        await RefusedAsync(RabbitMqUser.Application, channel => channel.ExchangeDeleteAsync("LastMile.Events.Messages:PurgesApplied"));
        await RefusedAsync(RabbitMqUser.Invalidator, channel => channel.QueueDeleteAsync("lastmile.region.ams"));
        await RefusedAsync(RabbitMqUser.Invalidator, channel => channel.QueueDeclareAsync("mine"));
    }

    private static async Task RefusedAsync(string connectionString, string sql)
    {
        await using var source = NpgsqlDataSource.Create(connectionString + ";Pooling=false");
        await using var command = source.CreateCommand(sql);
        var refusal = await Assert.ThrowsAsync<PostgresException>(command.ExecuteNonQueryAsync);

        Assert.Equal(PostgresErrorCodes.InsufficientPrivilege, refusal.SqlState);
    }

    private async Task RefusedAsync(RabbitMqUser user, Func<IChannel, Task> attempt)
    {
        await using var connection = await new ConnectionFactory { Uri = system.System.BusAddressOf(user) }.CreateConnectionAsync();
        await using var channel = await connection.CreateChannelAsync();
        await Assert.ThrowsAnyAsync<Exception>(() => attempt(channel));

        Assert.Equal(AccessRefused, channel.CloseReason?.ReplyCode);
    }

    private static async Task PublishAsync(IChannel channel, string exchange)
    {
        await channel.BasicPublishAsync(exchange, "", ReadOnlyMemory<byte>.Empty);
        // RabbitMQ refuses by closing the channel, so the next request on it fails.
        await channel.QueueDeclareAsync(exclusive: true);
    }
}
