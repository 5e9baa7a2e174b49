using System.Data;
using LastMile.Events.Invalidator.Intake.Outbox;
using LastMile.Events.Testing;
using Npgsql;
using Xunit;

namespace Invalidator.Tests;

/// <summary>Tests sessions that keep a transaction open, with uncommitted changes or with an old snapshot.</summary>
public sealed class LongTransactionTests(SharedServers servers)
{
    [Fact]
    public async Task An_open_transaction_delays_no_other_purges()
    {
        var cancellationToken = TestContext.Current.CancellationToken;
        await using var world = await World.CreateAsync(servers);
        await using var invalidator = await RunningInvalidator.StartReadyAsync(world);
        await using var reader = await world.Source.OpenConnectionAsync(cancellationToken);
        await using var snapshot = await reader.BeginTransactionAsync(IsolationLevel.RepeatableRead, cancellationToken);
        await ExecuteAsync(reader, "select count(*) from products");
        await using var writer = await world.Source.OpenConnectionAsync(cancellationToken);
        await using var uncommitted = await writer.BeginTransactionAsync(cancellationToken);
        await ExecuteAsync(writer, "insert into products values (1, 'one', 1)");

        string[] others = [.. Enumerable.Range(2, 200).Select(n => $"product:{n}")];
        await world.CacheAsync(["product:1", .. others]);
        await world.ExecuteAsync("insert into products select n, 's' || n, 1 from generate_series(2, 101) n");
        await world.ExecuteAsync(
            "do $$ begin for n in 102..201 loop insert into products values (n, 's' || n, 1); commit; end loop; end $$");

        await world.GoneAsync(others);
        Assert.True(await world.IsCachedAsync("product:1"));
        await uncommitted.CommitAsync(cancellationToken);
        await world.GoneAsync("product:1");
    }

    [Fact]
    public async Task An_open_transaction_retains_no_more_WAL_than_the_stream_is_allowed()
    {
        var cancellationToken = TestContext.Current.CancellationToken;
        // Uses its own server, because a new slot waits for open transactions in every database, including those of other tests.
        var postgres = await servers.StartPostgresAsync();
        await using var server = postgres.Process;
        await using var world = await World.CreateAsync(servers, postgres: postgres.ConnectionString);
        await using var invalidator = await RunningInvalidator.StartReadyAsync(
            world, FastClock.For(20, typeof(SlotWal)), ("Invalidator:StreamWalMegabytes", "4"));
        await invalidator.StreamIsAsync("Open");
        await using var writer = await world.Source.OpenConnectionAsync(cancellationToken);
        await using var uncommitted = await writer.BeginTransactionAsync(cancellationToken);
        await ExecuteAsync(writer, "insert into products values (1, 'one', 1)");

        await world.ExecuteAsync(
            """
            create table filler (text text);
            alter table filler alter text set storage external;
            insert into filler select repeat(md5(n::text), 100) from generate_series(1, 3000) n
            """);
        await invalidator.Log.HasAsync("of WAL for the stream, more than Invalidator:StreamWalMegabytes, because transaction");
        await Eventually.Async(
            () => world.ScalarAsync<long>("select count(*) from pg_replication_slots where database = current_database()"),
            slots => slots == 0,
            sought: "no slot");
        await world.CacheAsync("product:2");
        await world.ExecuteAsync("insert into products values (2, 'two', 1)");
        await world.GoneAsync("product:2");

        await uncommitted.CommitAsync(cancellationToken);
        await invalidator.StreamIsAsync("Open");
    }

    private static async Task ExecuteAsync(NpgsqlConnection connection, string sql)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }
}
