using LastMile.Events.Invalidator.Intake.Outbox;
using LastMile.Events.Testing;
using Npgsql;
using Xunit;

namespace Invalidator.Tests;

[RunsFirst]
public sealed class StreamTests(SharedServers servers)
{
    [Fact]
    public async Task The_stream_opens_if_the_server_and_the_role_allow_it()
    {
        await using var world = await World.CreateAsync(servers);
        await using var invalidator = await RunningInvalidator.StartReadyAsync(world, ("Invalidator:PollInterval", "00:01:00"));
        await invalidator.Log.HasAsync("The stream is open");

        await world.ExecuteAsync("insert into products values (1, 'a', 1)");

        await world.RenewedAsync("category:1");
    }

    [Fact]
    public async Task A_role_without_the_replication_attribute_polls_and_logs_a_warning()
    {
        await using var world = await World.CreateAsync(servers);
        var role = "relay_" + new NpgsqlConnectionStringBuilder(world.Database).Database;
        await world.ExecuteAsync($"create role {role} login password '{role}'; select lastmile.grant_relay('{role}')");
        var asRole = new NpgsqlConnectionStringBuilder(world.Database) { Username = role, Password = role }.ConnectionString;

        await using (var invalidator = await RunningInvalidator.StartReadyAsync(world, ("Postgres:ConnectionString", asRole)))
        {
            await world.ExecuteAsync(
                """
                insert into products values (1, 'a', 1);
                insert into lastmile.outbox (entity, kind, columns, rows, row_count) values ('X', 'x', '{}', '[]', 0);
                """);

            await invalidator.Log.HasAsync("Warning: PostgreSQL refuses the stream");
            await world.RenewedAsync("category:1");
            await Eventually.Async(() => world.ScalarAsync<bool>(
                "select coalesce(bool_and(announced_at is not null), false) from lastmile.purge_log"));
            Assert.Equal("None", (await invalidator.GetAsync("/status")).Body.GetProperty("stream").GetString());
            Assert.DoesNotContain(invalidator.Log.Lines, line => line.Contains("permission denied for", StringComparison.Ordinal));
        }

        await world.ExecuteAsync($"drop owned by {role}; drop role {role}");
    }

    [Fact]
    public async Task An_idle_stream_retains_no_WAL()
    {
        await using var world = await World.CreateAsync(servers);
        // The server requests a confirmation after half of its timeout. Otherwise the client sends one every ten seconds.
        await using var invalidator = await RunningInvalidator.StartReadyAsync(
            world,
            FastClock.For(5, typeof(OutboxStream)),
            ("Postgres:ConnectionString", world.Database + ";Options=-c wal_sender_timeout=5s"));
        await invalidator.Log.HasAsync("The stream is open");

        await world.ExecuteAsync("create table elsewhere as select generate_series(1, 10000) n");
        var written = await world.ScalarAsync<string>("select pg_current_wal_lsn()::text");

        await Eventually.Async(
            () => world.ScalarAsync<bool>(
                $"select confirmed_flush_lsn >= '{written}' from pg_replication_slots where database = current_database()"));
    }

    [Fact]
    public async Task A_second_Invalidator_stands_by_and_takes_over()
    {
        await using var world = await World.CreateAsync(servers);
        await using var first = await RunningInvalidator.StartReadyAsync(world);
        await first.StreamIsAsync("Open");
        await using var second = await RunningInvalidator.StartReadyAsync(world);
        await second.Log.HasAsync("Information: Another Invalidator receives this database's stream; this one stands by");
        await second.StreamIsAsync("Elsewhere");

        await first.App.StopAsync();

        await second.StreamIsAsync("Open");
    }

    [Fact]
    public async Task A_change_after_new_rules_is_purged_by_the_new_rules()
    {
        await using var world = await World.CreateAsync(servers);
        await using var invalidator = await RunningInvalidator.StartReadyAsync(world);
        await invalidator.StreamIsAsync("Open");
        await world.CacheAsync("product:1", "item:1");
        await world.ExecuteAsync("insert into products values (1, 'a', 1)");
        await world.GoneAsync("product:1");

        await world.ExecuteAsync(
            "select lastmile.track('products', 'Product', array['item:{id}', 'slug:{slug}'], array['category:{category_id}'])");
        await world.ExecuteAsync("update products set slug = 'b' where id = 1");

        await world.GoneAsync("item:1");
        await world.OutboxEmptyAsync();
    }
}
