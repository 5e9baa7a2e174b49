using Npgsql;
using Xunit;

namespace Postgres.Tests;

public sealed class RelayRoleTests(InstalledDatabase installed) : IClassFixture<InstalledDatabase>, IAsyncLifetime
{
    private NpgsqlDataSource relay = null!;

    public async ValueTask InitializeAsync()
    {
        (var role, relay) = await installed.Database.CreateRoleAsync();
        await installed.Database.ExecuteAsync($"select lastmile.grant_relay('{role}'); create table if not exists products (id int)");
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Theory]
    [InlineData(
        "with locked as (select ctid from lastmile.outbox for update skip locked) "
            + "delete from lastmile.outbox where ctid = any (array(select ctid from locked)) returning *")]
    [InlineData(
        "select revision from lastmile.rule_revision; select * from lastmile.purge_rule; select * from lastmile.tracked_table; "
            + "select * from lastmile.audit()")]
    [InlineData(
        "insert into lastmile.outbox_quarantine (outbox_id, entity, kind, columns, rows, created_at, reason) "
            + "values (1, '', '', '{}', '[]', now(), ''); select from lastmile.outbox_quarantine")]
    [InlineData(
        "insert into lastmile.purge_log values (gen_random_uuid(), 1, 1, '{}', '{}', now()); "
            + "update lastmile.purge_log set announced_at = now()")]
    [InlineData("select id from lastmile.purge_log for update skip locked; delete from lastmile.purge_log")]
    [InlineData(
        "select id from lastmile.purge_log where double_delete_at <= now() for update skip locked; "
            + "update lastmile.purge_log set double_delete_at = null")]
    [InlineData("select * from lastmile.purge_log_horizon; update lastmile.purge_log_horizon set epoch = 0, sequence = 0")]
    [InlineData(
        "insert into lastmile.region values ('ams', '', '', 0, 0, 0, 0) on conflict (region) do update set reported_at = now(); "
            + "select from lastmile.region for update skip locked; delete from lastmile.region")]
    [InlineData(
        "insert into lastmile.region_episode as known values ('ams', gen_random_uuid(), '{}', now()) "
            + "on conflict (region, episode) do update set ended_at = now() where known.ended_at is null; "
            + "delete from lastmile.region_episode")]
    [InlineData("insert into lastmile.epoch select greatest(max(epoch), 0) + 1, 'x' from lastmile.epoch")]
    [InlineData(
        "delete from lastmile.epoch_run; "
            + "insert into lastmile.epoch_run select 1000, lastmile.server_run(), nextval('lastmile.purge_sequence'); "
            + "insert into lastmile.purge_log (id, epoch, keys, tags, applied_at) values (gen_random_uuid(), 1000, '{}', '{}', now()); "
            + "select lastmile.remembers(1000, 1) from lastmile.epoch_run")]
    public async Task The_relay_role_may_do_everything_that_the_relay_does(string sql) => await ExecuteAsync(sql);

    [Theory]
    [InlineData("insert into lastmile.outbox (entity, kind, columns, rows, row_count) values ('', '', '{}', '[]', 0)")]
    [InlineData("update lastmile.outbox set entity = 'x'")]
    [InlineData("update lastmile.purge_log set keys = '{}'")]
    [InlineData("update lastmile.purge_log set sequence = 0")]
    [InlineData("delete from lastmile.purge_log_horizon")]
    [InlineData("delete from lastmile.epoch")]
    [InlineData("update lastmile.epoch_run set run = ''")]
    [InlineData("select setval('lastmile.purge_sequence', 1)")]
    [InlineData("delete from lastmile.outbox_quarantine")]
    [InlineData("truncate lastmile.purge_log")]
    [InlineData("update lastmile.rule_revision set revision = gen_random_uuid()")]
    [InlineData("insert into lastmile.purge_rule values ('products', 'Product', 'key', 'x')")]
    [InlineData("delete from lastmile.tracked_table")]
    [InlineData("insert into lastmile.schema_version values (99)")]
    [InlineData("select * from products")]
    [InlineData("select lastmile.track('products', 'Product', '{x}')")]
    [InlineData("create table lastmile.mine (id int)")]
    public async Task The_relay_role_may_do_nothing_more(string sql)
    {
        var refusal = await Assert.ThrowsAsync<PostgresException>(() => ExecuteAsync(sql));

        Assert.Equal(PostgresErrorCodes.InsufficientPrivilege, refusal.SqlState);
    }

    private async Task ExecuteAsync(string sql)
    {
        await using var command = relay.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }
}
