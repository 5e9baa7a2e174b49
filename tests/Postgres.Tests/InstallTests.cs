using LastMile.Events.Postgres;
using LastMile.Events.Testing;
using Npgsql;
using Xunit;

namespace Postgres.Tests;

public sealed class InstallTests(SharedServers servers)
{
    [Fact]
    public async Task An_empty_database_gets_the_schema_and_the_publication()
    {
        await using var database = await Database.CreateEmptyAsync(servers);

        await OutboxSchema.InstallAsync(database.Source);

        Assert.Equal([$"{OutboxSchema.Version}"], await database.QueryAsync("select max(version) from lastmile.schema_version"));
        Assert.Equal(
            [
                "capture", "captured_column", "epoch", "epoch_run", "identity", "outbox", "outbox_quarantine", "purge_log", "purge_log_horizon",
                "purge_rule", "region", "region_episode", "rule_revision", "schema_version", "tracked_table",
            ],
            await database.QueryAsync("select tablename::text from pg_tables where schemaname = 'lastmile' order by 1"));
        Assert.Equal(
            ["lastmile.outbox"],
            await database.QueryAsync(
                $"select schemaname || '.' || tablename from pg_publication_tables where pubname = '{OutboxSchema.Publication}'"));
    }

    [Fact]
    public async Task Installing_again_changes_nothing()
    {
        await using var database = await Database.CreateAsync(servers);
        await database.ExecuteAsync(
            "insert into lastmile.outbox (entity, kind, columns, rows, row_count) values ('A', 'truncate', '{}', '[]', 0)");
        var before = await database.QueryAsync("select schema_version::text from lastmile.schema_version");

        await OutboxSchema.InstallAsync(database.Source);

        Assert.Equal(before, await database.QueryAsync("select schema_version::text from lastmile.schema_version"));
        Assert.Equal(["A truncate "], await database.TakeAsync());
    }

    [Fact]
    public async Task Eight_concurrent_installations_install_the_schema_once()
    {
        await using var database = await Database.CreateEmptyAsync(servers);

        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => OutboxSchema.InstallAsync(database.Source)));

        Assert.Equal([$"{OutboxSchema.Version}"], await database.QueryAsync("select count(*) from lastmile.schema_version"));
    }

    [Fact]
    public async Task The_script_runs_within_another_DO_block()
    {
        await using var database = await Database.CreateEmptyAsync(servers);

        await database.ExecuteAsync($"do $outer$ begin {OutboxSchema.InstallScript} end $outer$");

        Assert.Equal([$"{OutboxSchema.Version}"], await database.QueryAsync("select max(version) from lastmile.schema_version"));
    }

    [Fact]
    public async Task A_relay_role_without_create_rights_succeeds_if_the_schema_is_current()
    {
        await using var database = await Database.CreateAsync(servers);
        var (role, source) = await database.CreateRoleAsync();
        await database.ExecuteAsync($"select lastmile.grant_relay('{role}')");

        await OutboxSchema.InstallAsync(source);
    }

    [Fact]
    public async Task A_role_without_create_rights_fails_if_the_schema_is_missing()
    {
        await using var database = await Database.CreateEmptyAsync(servers);
        var (_, source) = await database.CreateRoleAsync();

        var refusal = await Assert.ThrowsAsync<PostgresException>(() => OutboxSchema.InstallAsync(source));

        Assert.Equal(PostgresErrorCodes.InsufficientPrivilege, refusal.SqlState);
    }

    [Fact]
    public async Task A_dropped_schema_is_installed_again()
    {
        await using var database = await Database.CreateAsync(servers);
        await database.ExecuteAsync("drop schema lastmile cascade");

        await OutboxSchema.InstallAsync(database.Source);

        Assert.Equal(
            ["lastmile.outbox"],
            await database.QueryAsync(
                $"select schemaname || '.' || tablename from pg_publication_tables where pubname = '{OutboxSchema.Publication}'"));
    }

    [Fact]
    public async Task A_database_of_another_encoding_gets_the_schema()
    {
        await using var database = new Database(await servers.CreateEncodedDatabaseAsync("LATIN1"));

        await OutboxSchema.InstallAsync(database.Source);
        await database.ExecuteAsync(
            "create table things (v text); select lastmile.track('things', 'Thing', array['thing:{v}']); "
                + "insert into things values (chr(233))");

        Assert.Equal(["Thing insert v [é]"], await database.TakeAsync());
    }

    // Not every database encoding has the characters beyond ASCII.
    [Fact]
    public void The_script_is_ascii() => Assert.True(System.Text.Ascii.IsValid(OutboxSchema.InstallScript));

    [Fact]
    public async Task The_purge_log_rejects_a_batch_in_a_transaction_that_could_miss_the_end_of_its_epoch()
    {
        await using var database = await Database.CreateAsync(servers);

        var refusal = await Assert.ThrowsAsync<PostgresException>(() => database.ExecuteAsync(
            "begin isolation level repeatable read; "
                + "insert into lastmile.purge_log (id, epoch, sequence, keys, tags, applied_at) "
                + "values (gen_random_uuid(), 1, 1, '{}', '{}', now()); commit"));

        Assert.Equal(
            "the purge log accepts batches under READ COMMITTED only, but this transaction is REPEATABLE READ",
            refusal.MessageText);
    }
}
