using LastMile.Events.Fabric;
using Npgsql;
using RabbitMQ.Client;
using Xunit;

namespace LastMile.Events.EndToEnd.Tests;

/// <summary>Each service does its work with rights of its own, as all tests of the running system show; here, that it can do no more.</summary>
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
    public Task The_application_may_not_in_the_database(string sql) => RefusedAsync(system.System.Database.ApplicationConnectionString, sql);

    [Theory]
    [InlineData("select * from products")]
    [InlineData("update products set views = 0")]
    [InlineData("select lastmile.untrack('products')")]
    [InlineData("insert into lastmile.outbox (entity, kind, columns, rows, row_count) values ('', '', '{}', '[]', 0)")]
    [InlineData("delete from lastmile.outbox_quarantine")]
    [InlineData("create table public.mine (id int)")]
    public Task The_Invalidator_may_not_in_the_database(string sql) => RefusedAsync(system.System.Database.RelayConnectionString, sql);

    [Theory]
    [InlineData("create role mine")]
    [InlineData("create database mine")]
    [InlineData("alter system set fsync = off")]
    public Task The_migrator_may_not_on_the_server(string sql) => RefusedAsync(system.System.Database.ConnectionString, sql);

    [Theory]
    [InlineData(RedisUser.Invalidator, "CONFIG GET masterauth")]
    [InlineData(RedisUser.Invalidator, "KEYS *")]
    [InlineData(RedisUser.Invalidator, "ACL LIST")]
    [InlineData(RedisUser.Invalidator, "CLIENT LIST")]
    [InlineData(RedisUser.Invalidator, "REPLICAOF NO ONE")]
    [InlineData(RedisUser.Invalidator, "PUBLISH other 1")]
    [InlineData(RedisUser.Replica, "GET lm:watermark")]
    [InlineData(RedisUser.Replica, "SET lm:watermark 9-9")]
    public async Task Nobody_may_on_the_primary(RedisUser user, string command) =>
        Assert.StartsWith("-NOPERM", await RedisSession.ExecuteAsync(system.System.Servers.Primary, user, command), StringComparison.Ordinal);

    [Theory]
    [InlineData(RedisUser.Application)]
    [InlineData(RedisUser.Agent)]
    public async Task Regions_users_do_not_exist_on_the_primary(RedisUser user) =>
        Assert.StartsWith("-WRONGPASS", await RedisSession.ExecuteAsync(system.System.Servers.Primary, user, "PING"), StringComparison.Ordinal);

    [Theory]
    [InlineData(RedisUser.Application, "SET lm:watermark 9-9")]
    [InlineData(RedisUser.Application, "SET lm:tag:x 9-9")]
    [InlineData(RedisUser.Application, "UNLINK lm:tag:x")]
    [InlineData(RedisUser.Application, "EVAL \"redis.call('UNLINK', 'lm:tag:x')\" 0")]
    [InlineData(RedisUser.Application, "GET lm:watermark")]
    [InlineData(RedisUser.Application, "PUBLISH lm:watermark 9-9")]
    [InlineData(RedisUser.Application, "FLUSHDB")]
    [InlineData(RedisUser.Application, "CONFIG GET masterauth")]
    [InlineData(RedisUser.Agent, "CONFIG GET masterauth")]
    [InlineData(RedisUser.Agent, "REPLICAOF NO ONE")]
    [InlineData(RedisUser.Agent, "FLUSHALL")]
    public async Task Nobody_may_in_a_region(RedisUser user, string command)
    {
        foreach (var region in system.Regions)
            Assert.Matches("^-NOPERM|can't access", await RedisSession.ExecuteAsync(region.Region.Redis, user, command));
    }

    [Theory]
    [InlineData("GET lm:tag:x", "$-1")]
    [InlineData("SET l x PX 1", "-NOPERM")]
    [InlineData("SET lx:entry x PX 1", "+OK")]
    [InlineData("SET lm-entry x PX 1", "+OK")]
    [InlineData("SET product:0 x PX 1", "+OK")]
    public async Task An_application_may_read_tags_and_write_what_does_not_begin_as_LastMiles_names_do(string command, string answer) =>
        Assert.StartsWith(answer, await RedisSession.ExecuteAsync(system.Regions[0].Region.Redis, RedisUser.Application, command), StringComparison.Ordinal);

    [Fact]
    public async Task Each_service_is_logged_in_as_its_user()
    {
        // The administrator of tests needs no password: who failed to log in would have become that one unseen.
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
    public async Task No_service_asked_a_Redis_for_what_it_may_not()
    {
        foreach (var redis in system.Regions.Select(region => region.Region.Redis).Append(system.System.Servers.Primary))
            Assert.DoesNotContain("SE.Redis", await RedisSession.ExecuteAsAdministratorAsync(redis, "ACL LOG 128"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("LastMile.Events.Messages:EntityChanged")]
    [InlineData("LastMile.Events.Messages:RegionReported")]
    [InlineData("lastmile.region.ams")]
    public Task The_Invalidator_may_not_publish(string exchange) => RefusedAsync(RabbitMqUser.Invalidator, channel => PublishAsync(channel, exchange));

    [Theory]
    [InlineData("LastMile.Events.Messages:EntityChanged")]
    [InlineData("LastMile.Events.Messages:PurgesApplied")]
    [InlineData("LastMile.Events.Messages:InvalidatorHeartbeat")]
    [InlineData("lastmile.region.syd")]
    [InlineData("lastmile.changes")]
    public Task A_regions_agent_may_not_publish(string exchange) => RefusedAsync(RabbitMqUser.Agent("ams"), channel => PublishAsync(channel, exchange));

    [Theory]
    [InlineData("LastMile.Events.Messages:PurgesApplied")]
    [InlineData("LastMile.Events.Messages:ReplicaLagRecovered")]
    [InlineData("lastmile.changes")]
    public Task An_application_may_not_publish(string exchange) => RefusedAsync(RabbitMqUser.Application, channel => PublishAsync(channel, exchange));

    [Fact]
    public async Task Nobody_may_read_delete_or_bind_what_is_another_ones()
    {
        await RefusedAsync(RabbitMqUser.Agent("ams"), channel => channel.BasicGetAsync("lastmile.region.syd", autoAck: false));
        await RefusedAsync(RabbitMqUser.Agent("ams"), channel => channel.ExchangeBindAsync("lastmile.region.ams", "LastMile.Events.Messages:EntityChanged", ""));
        await RefusedAsync(RabbitMqUser.Application, channel => channel.BasicGetAsync("lastmile.changes", autoAck: false));
        await RefusedAsync(RabbitMqUser.Application, channel => channel.QueueDeleteAsync("lastmile.changes"));
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
        // A refusal closes the channel: what is asked of it next says so.
        await channel.QueueDeclareAsync(exclusive: true);
    }
}
