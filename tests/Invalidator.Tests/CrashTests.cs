using System.Diagnostics;
using LastMile.Events.Invalidator.Postgres;
using LastMile.Events.Testing;
using Npgsql;
using Xunit;

namespace Invalidator.Tests;

/// <summary>Tests the unfinished work of an Invalidator that is stopped, killed or frozen.</summary>
[RunsFirst]
public sealed class CrashTests(SharedServers servers)
{
    // One outbox row with more changes than the stream accepts, so the claim processes it.
    private const string Insert150 = "insert into products select n, 's' || n, 1 from generate_series(1, 150) n";

    private static readonly string[] Keys150 = [.. Enumerable.Range(1, 150).Select(n => $"product:{n}")];

    [Fact]
    public async Task An_Invalidator_that_stops_under_load_finishes_its_current_work_and_leaves_the_rest()
    {
        await using var world = await World.CreateAsync(servers);
        await using var stopped = await InvalidatorProcess.StartAsync(world);
        using var stopWriting = new CancellationTokenSource();
        var writing = Task.WhenAll(Enumerable.Range(0, 2).Select(writer => WriteAsync(world, writer, stopWriting.Token)));
        await Eventually.Async(() => world.ScalarAsync<bool>("select count(*) > 5 from lastmile.purge_log"));

        // The load continues until the process has stopped.
        await stopped.Process.StopAsync();

        await stopWriting.CancelAsync();
        string[] keys = [.. (await writing).SelectMany(written => written)];
        var left = await world.ScalarAsync<string[]>("select array_agg('product:' || (rows -> 0 ->> 0)) from lastmile.outbox");
        var logged = await world.ScalarAsync<string[]>(
            "select array_agg(distinct key) from lastmile.purge_log, unnest(keys) key where key like 'product:%'");
        Assert.Equal(keys.Order(StringComparer.Ordinal), left.Concat(logged).Order(StringComparer.Ordinal));
        Assert.Equal(left.Order(StringComparer.Ordinal), (await world.CachedOfAsync(keys)).Order(StringComparer.Ordinal));
    }

    [Fact, MeasuresTime]
    public async Task An_Invalidator_stops_within_five_seconds_under_load()
    {
        await using var world = await World.CreateAsync(servers);
        await using var stopped = await InvalidatorProcess.StartAsync(world);
        using var stopWriting = new CancellationTokenSource();
        var writing = Task.WhenAll(Enumerable.Range(0, 2).Select(writer => WriteAsync(world, writer, stopWriting.Token)));
        await Eventually.Async(() => world.ScalarAsync<bool>("select count(*) > 5 from lastmile.purge_log"));

        var begin = Stopwatch.GetTimestamp();
        await stopped.Process.StopAsync();
        var taken = Stopwatch.GetElapsedTime(begin);

        await stopWriting.CancelAsync();
        await writing;
        Assert.InRange(taken, TimeSpan.Zero, TimeSpan.FromSeconds(5));
    }

    [Fact]
    public async Task A_kill_between_purge_and_commit_only_repeats_the_purge()
    {
        await using var world = await World.CreateAsync(servers);
        await using var killed = await InvalidatorProcess.StartAsync(world);
        await world.CacheAsync(Keys150);

        await using (await LockAsync(world, "lastmile.purge_log"))
        {
            await world.ExecuteAsync(Insert150);
            await world.GoneAsync(Keys150);
            await world.CacheAsync(Keys150);
            await killed.Process.KillAsync();
            // Terminates the backends too: otherwise PostgreSQL would execute statements that it has received or that wait for the lock.
            await world.ExecuteAsync(
                "select pg_terminate_backend(pid) from pg_stat_activity "
                + "where datname = current_database() and application_name = 'lastmile-invalidator'");
        }

        Assert.Equal(1, await world.ScalarAsync<long>("select count(*) from lastmile.outbox"));
        await using var other = await RunningInvalidator.StartReadyAsync(world);
        await world.GoneAsync(Keys150);
        await world.OutboxEmptyAsync();
        Assert.Equal(1, await world.ScalarAsync<long>("select count(*) from lastmile.purge_log"));
    }

    [Fact]
    public async Task Another_Invalidator_takes_over_a_frozen_ones_claim_after_the_timeout()
    {
        await using var world = await World.CreateAsync(servers);
        await using var frozen = await InvalidatorProcess.StartAsync(
            world, ("Postgres:ConnectionString", world.Database + ";Options=-c idle_in_transaction_session_timeout=1s"));
        await world.CacheAsync(Keys150);

        // The lock blocks the Invalidator in the middle of a claim, when it reads the new rules.
        await using (await LockAsync(world, "lastmile.purge_rule"))
        {
            await world.ExecuteAsync("update lastmile.rule_revision set revision = gen_random_uuid(); " + Insert150);
            await Eventually.Async(() => world.ScalarAsync<bool>(
                "select exists (select from pg_stat_activity "
                + "where datname = current_database() and xact_start < query_start and wait_event_type = 'Lock')"));
            await frozen.Process.PauseAsync();
        }

        await using var other = await RunningInvalidator.StartReadyAsync(world);
        await world.GoneAsync(Keys150);
        await world.OutboxEmptyAsync();
    }

    [Fact]
    public async Task The_idle_timeout_is_ten_seconds_unless_another_is_configured()
    {
        await using var world = await World.CreateAsync(servers);

        Assert.Equal(["10s", "10000"], await TimeoutsAsync(world.Database, inTransaction: true));
        Assert.Equal(
            ["1min", "10000"],
            await TimeoutsAsync(world.Database + ";Options=-c idle_in_transaction_session_timeout=60s", inTransaction: true));
    }

    [Fact]
    public async Task A_connection_returned_to_a_pooler_keeps_no_timeouts()
    {
        await using var world = await World.CreateAsync(servers);

        Assert.Equal(["0", "0"], await TimeoutsAsync(world.Database, inTransaction: false));
    }

    private static async Task<string[]> TimeoutsAsync(string connectionString, bool inTransaction)
    {
        await using var source = LastMile.Events.Invalidator.Postgres.Database.Connect(
            new() { ConnectionString = connectionString + ";Maximum Pool Size=1" });
        await using var connection = await source.OpenConnectionAsync();
        await using var transaction = await BoundTransaction.BeginAsync(connection, CancellationToken.None);
        if (!inTransaction)
            await transaction.CommitAsync();
        await using var command = connection.CreateCommand();
        command.CommandText = "select array[current_setting('idle_in_transaction_session_timeout'), current_setting('tcp_user_timeout')]";
        return (string[])(await command.ExecuteScalarAsync())!;
    }

    // Caches products and inserts each in its own transaction, in chunks. Writes one more chunk after the cancellation. Returns the keys.
    private static async Task<List<string>> WriteAsync(World world, int writer, CancellationToken stopWriting)
    {
        const int Chunk = 50;
        var written = new List<string>();
        for (var last = false; !last;)
        {
            last = stopWriting.IsCancellationRequested;
            var first = (writer * 1_000_000) + written.Count + 1;
            string[] keys = [.. Enumerable.Range(first, Chunk).Select(n => $"product:{n}")];
            await world.CacheAsync(keys);
            await world.ExecuteAsync(
                $"do $$ begin for n in {first}..{first + Chunk - 1} "
                + "loop insert into products values (n, 's' || n, 1); commit; end loop; end $$");
            written.AddRange(keys);
        }

        return written;
    }

    private static async Task<NpgsqlConnection> LockAsync(World world, string table)
    {
        var connection = await world.Source.OpenConnectionAsync();
        await using var hold = connection.CreateCommand();
        hold.CommandText = $"begin; lock table {table} in access exclusive mode";
        await hold.ExecuteNonQueryAsync();
        return connection;
    }
}
