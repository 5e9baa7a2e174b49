using LastMile.Events.Testing;
using Xunit;

namespace Invalidator.Tests;

public sealed class PostgresOutageTests(SharedServers servers)
{
    [Fact]
    public async Task Broken_connections_are_restored_and_no_purge_is_lost()
    {
        await using var world = await World.CreateAsync(servers);
        await using var invalidator = await RunningInvalidator.StartReadyAsync(world);
        string[] keys = [.. Enumerable.Range(1, 200).Select(n => $"product:{n}")];
        await world.CacheAsync(keys);

        var writing = world.ExecuteAsync(
            "do $$ begin for n in 1..200 loop insert into products values (n, 's' || n, 1); commit; end loop; end $$");
        for (var cut = 0; cut < 5; cut++)
        {
            await world.ExecuteAsync(
                "select pg_terminate_backend(pid) from pg_stat_activity "
                + "where datname = current_database() and application_name = 'lastmile-invalidator'");
            await world.ExecuteAsync($"insert into products values (1000 + {cut}, 'cut', 1)");
        }

        await writing;
        await world.GoneAsync(keys);
        await invalidator.ReadyAsync();
    }

    [Fact]
    public async Task A_broken_stream_reopens()
    {
        await using var world = await World.CreateAsync(servers);
        await using var invalidator = await RunningInvalidator.StartReadyAsync(world);
        await invalidator.StreamIsAsync("Open");
        var logged = invalidator.Log.Lines.Count;

        await world.ExecuteAsync("select pg_terminate_backend(active_pid) from pg_replication_slots where database = current_database()");

        await invalidator.Log.HasAsync("The stream is lost", after: logged);
        await invalidator.StreamIsAsync("Open");
    }
}
