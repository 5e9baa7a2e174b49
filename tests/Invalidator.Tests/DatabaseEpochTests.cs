using System.Diagnostics;
using System.Globalization;
using System.Net;
using LastMile.Events.Fabric;
using LastMile.Events.Messages;
using LastMile.Events.Testing;
using Npgsql;
using Xunit;

namespace Invalidator.Tests;

/// <summary>
/// Faults of a PostgreSQL server that numbers the purges: each begins an epoch, and a loss makes the log incomplete.
/// </summary>
[RunsFirst]
public sealed class DatabaseEpochTests(SharedServers servers)
{
    [Fact]
    public async Task A_restart_begins_an_epoch_and_the_log_stays_complete()
    {
        var server = await servers.StartPostgresAsync();
        await using var world = await World.CreateAsync(servers, postgres: server.ConnectionString);
        await using var invalidator = await StartAsync(world, server.Port());
        Assert.Equal("1-1", await PurgeAsync(invalidator));

        await server.Process.RestartAsync(TestContext.Current.CancellationToken);

        Assert.Equal(2, await EpochAfterFaultAsync(invalidator));
        Assert.True((await ReplayAsync(invalidator, new(1, 1), new(2, 0))).Complete);
        Assert.DoesNotContain(invalidator.Log.Lines, line => line.Contains("The database lacks purges", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_crash_of_one_session_begins_an_epoch_although_the_server_did_not_restart()
    {
        var (server, _) = await PostgresCopies.StartAsync(servers);
        await using var world = await World.CreateAsync(servers, postgres: server.ConnectionString);
        await using var invalidator = await StartAsync(world, server.Port());
        Assert.Equal("1-1", await PurgeAsync(invalidator));
        var started = await world.ScalarAsync<DateTime>("select pg_postmaster_start_time()");

        await using var witness = await world.Source.OpenConnectionAsync(TestContext.Current.CancellationToken);
        using (var session = Process.GetProcessById(await world.ScalarAsync<int>("select pg_backend_pid()")))
            session.Kill();
        // The server notices the crash a moment later, and then ends all sessions.
        await Eventually.Async(() => HasEndedAsync(witness));

        Assert.Equal(2, await EpochAfterFaultAsync(invalidator));
        Assert.Equal(started, await Eventually.Async(() => StartedAsync(world), at => at != default));
        Assert.True((await ReplayAsync(invalidator, new(1, 1), new(2, 0))).Complete);
    }

    [Fact]
    public async Task An_old_copy_of_the_data_makes_the_log_incomplete_for_every_region()
    {
        var (server, data) = await PostgresCopies.StartAsync(servers);
        await using var world = await World.CreateAsync(servers, postgres: server.ConnectionString);
        await using var invalidator = await StartAsync(world, server.Port());
        await PurgeAsync(invalidator);
        await server.Process.StopAsync();
        await PostgresCopies.CopyAsync(data, data + "-old");
        await server.Process.StartAsync(TestContext.Current.CancellationToken);
        Assert.Equal(2, await EpochAfterFaultAsync(invalidator));
        var last = await PurgeAsync(invalidator);

        await server.Process.StopAsync();
        await PostgresCopies.CopyAsync(data + "-old", data);
        await server.Process.StartAsync(TestContext.Current.CancellationToken);

        Assert.Equal(3, await EpochAfterFaultAsync(invalidator));
        await invalidator.Log.HasAsync($"The database lacks purges that it had logged, up to {last}");
        Assert.False((await ReplayAsync(invalidator, new(2, SequenceOf(last)), new(3, 0))).Complete);
        Assert.False((await ReplayAsync(invalidator, new(1, 0), new(3, 1))).Complete);
        Assert.True((await ReplayAsync(invalidator, new(3, 0), new(3, 1))).Complete);
    }

    [Fact]
    public async Task An_Invalidator_that_starts_on_an_old_copy_uses_no_old_epoch_and_recognizes_a_region_that_is_ahead()
    {
        var (server, data) = await PostgresCopies.StartAsync(servers);
        await using var world = await World.CreateAsync(servers, postgres: server.ConnectionString);
        await world.ExecuteAsync(
            "drop function lastmile.epoch_floor(); alter function lastmile.epoch_floor_by_the_clock() rename to epoch_floor");
        string last;
        await using (var before = await StartAsync(world, server.Port()))
        {
            await PurgeAsync(before);
            await server.Process.StopAsync();
            await PostgresCopies.CopyAsync(data, data + "-old");
            await server.Process.StartAsync(TestContext.Current.CancellationToken);
            last = await PurgeAsync(before);
            await server.Process.StopAsync();
        }

        await PostgresCopies.CopyAsync(data + "-old", data);
        await server.Process.StartAsync(TestContext.Current.CancellationToken);
        // The floor counts seconds, and a real restore takes longer than one.
        await Eventually.Async(() => IsPastAsync(world, EpochOf(last)));
        await using var invalidator = await StartAsync(world, server.Port());

        var epoch = EpochOf(await PurgeAsync(invalidator));
        Assert.InRange(epoch, EpochOf(last) + 1, long.MaxValue);
        Assert.False((await ReplayAsync(invalidator, new(EpochOf(last), 1), new(epoch, 0))).Complete);
    }

    [Fact]
    public async Task A_promoted_standby_without_the_last_commits_begins_an_epoch_and_the_log_is_incomplete()
    {
        var (server, data) = await PostgresCopies.StartAsync(servers);
        var (standby, copy) = await PostgresCopies.StartAsync(servers);
        await using var world = await World.CreateAsync(servers, postgres: server.ConnectionString);
        await using var replication = new WanLink(server.Port());
        await using var link = new WanLink(server.Port());
        await server.Process.StopAsync();
        await standby.Process.StopAsync();
        await PostgresCopies.CopyAsync(data, copy);
        await File.AppendAllTextAsync(
            Path.Combine(copy, "postgresql.auto.conf"),
            $"primary_conninfo = 'host=127.0.0.1 port={replication.Port} user=postgres'\n",
            TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(Path.Combine(copy, "standby.signal"), "", TestContext.Current.CancellationToken);
        await server.Process.StartAsync(TestContext.Current.CancellationToken);
        await standby.Process.StartAsync(TestContext.Current.CancellationToken);
        await using var invalidator = await StartAsync(world, link.Port);
        Assert.Equal("1-1", await PurgeAsync(invalidator));
        await using var promoted = NpgsqlDataSource.Create(
            new NpgsqlConnectionStringBuilder(world.Database) { Port = standby.Port() }.ConnectionString);
        await Eventually.Async(() => ScalarAsync<long>(promoted, "select count(*) from lastmile.purge_log"), rows => rows == 1);

        replication.Cut();
        Assert.Equal("1-2", await PurgeAsync(invalidator));
        await server.Process.KillAsync();
        await ScalarAsync<bool>(promoted, "select pg_promote()");
        link.Redirect(standby.Port());

        Assert.Equal(2, await EpochAfterFaultAsync(invalidator));
        Assert.False((await ReplayAsync(invalidator, new(1, 1), new(2, 0))).Complete);
    }

    [Fact]
    public async Task A_dump_restored_into_another_server_begins_an_epoch()
    {
        var (server, _) = await PostgresCopies.StartAsync(servers);
        var (other, _) = await PostgresCopies.StartAsync(servers);
        await using var world = await World.CreateAsync(servers, postgres: server.ConnectionString);
        await using var link = new WanLink(server.Port());
        await using var invalidator = await StartAsync(world, link.Port);
        Assert.Equal("1-1", await PurgeAsync(invalidator));
        var name = new NpgsqlConnectionStringBuilder(world.Database).Database!;
        var file = Path.GetTempFileName();

        string[] login = ["--host", "127.0.0.1", "--username", "postgres", "--no-password"];
        await server.Process.RestartAsync(TestContext.Current.CancellationToken);
        await other.Process.RestartAsync(TestContext.Current.CancellationToken);
        Assert.Equal(2, await EpochAfterFaultAsync(invalidator));
        await PostgresCopies.RunAsync("pg_dump", [.. login, "--port", $"{server.Port()}", "--create", "--file", file, name]);
        await PostgresCopies.RunAsync(
            "psql", [.. login, "--port", $"{other.Port()}", "--quiet", "--output", "/dev/null", "--file", file, "postgres"]);
        link.Redirect(other.Port());

        Assert.Equal(3, await EpochAfterFaultAsync(invalidator));
        Assert.True((await ReplayAsync(invalidator, new(2, 1), new(3, 0))).Complete);
        File.Delete(file);
    }

    private static long EpochOf(string watermark) => long.Parse(watermark.Split('-')[0], CultureInfo.InvariantCulture);

    private static long SequenceOf(string watermark) => long.Parse(watermark.Split('-')[1], CultureInfo.InvariantCulture);

    // A request that failed may have been logged, so that the first accepted purge need not be the first of the epoch.
    private static async Task<long> EpochAfterFaultAsync(RunningInvalidator invalidator) => EpochOf(await PurgeAsync(invalidator));

    private static Task<RunningInvalidator> StartAsync(World world, int port) => RunningInvalidator.StartReadyAsync(
        world,
        ("Redis:ConnectionString", ""),
        ("Postgres:ConnectionString", new NpgsqlConnectionStringBuilder(world.Database) { Port = port }.ConnectionString));

    // Requests a purge until PostgreSQL accepts it, and returns its watermark.
    private static async Task<string> PurgeAsync(RunningInvalidator invalidator) =>
        (await Eventually.Async(
            () => invalidator.PurgeAsync("""{"keys":["a"]}"""),
            answer => answer.Status == HttpStatusCode.Accepted,
            TimeSpan.FromSeconds(60))).Watermark;

    private static Task<PurgesReplayed> ReplayAsync(RunningInvalidator invalidator, RegionWatermark after, RegionWatermark upTo) =>
        invalidator.RequestAsync<PurgesRequested, PurgesReplayed>(new("ams", after, upTo));

    private static async Task<DateTime> StartedAsync(World world)
    {
        try
        {
            return await world.ScalarAsync<DateTime>("select pg_postmaster_start_time()");
        }
        catch (NpgsqlException)
        {
            return default;
        }
    }

    private static async Task<bool> HasEndedAsync(NpgsqlConnection session)
    {
        try
        {
            await using var command = new NpgsqlCommand("select 1", session);
            await command.ExecuteScalarAsync();
            return false;
        }
        catch (NpgsqlException)
        {
            return true;
        }
    }

    // A pooled connection of a server that has stopped fails once.
    private static async Task<bool> IsPastAsync(World world, long epoch)
    {
        try
        {
            return await world.ScalarAsync<bool>($"select lastmile.epoch_floor() >= {epoch}");
        }
        catch (NpgsqlException)
        {
            return false;
        }
    }

    private static async Task<T> ScalarAsync<T>(NpgsqlDataSource source, string sql)
    {
        await using var command = source.CreateCommand(sql);
        return (T)(await command.ExecuteScalarAsync())!;
    }
}

/// <summary>Reads the port of a server.</summary>
internal static class PostgresPorts
{
    public static int Port(this PostgresServer server) => new NpgsqlConnectionStringBuilder(server.ConnectionString).Port;
}
