using LastMile.Events.Testing;
using Xunit;

namespace Invalidator.Tests;

/// <summary>
/// Tests that a commit is purged only once it is visible. If it were purged earlier, a reader could write the old row back into the cache
/// permanently.
/// </summary>
[RunsFirst]
public sealed class UnseenCommitTests(SynchronousPostgres postgres) : IClassFixture<SynchronousPostgres>
{
    [Fact]
    public async Task A_commit_is_purged_only_after_it_is_visible()
    {
        await using var world = await postgres.CreateWorldAsync();
        await using var standby = await Standby.ConnectAsync(world);
        await using var invalidator = await RunningInvalidator.StartReadyAsync(world);
        await invalidator.StreamIsAsync("Open");
        await world.CacheAsync("product:1", "product:2");

        var writing = world.ExecuteAsync("set synchronous_commit = on; insert into products values (1, 'a', 1)");
        await Eventually.Async(() => world.ScalarAsync<bool>("select count(*) = 1 from pg_stat_activity where wait_event = 'SyncRep'"));
        await world.ExecuteAsync("insert into products values (2, 'streamed later', 1)");

        await world.GoneAsync("product:2");
        Assert.True(await world.IsCachedAsync("product:1"));

        standby.Confirm();
        await writing;
        await world.GoneAsync("product:1");
    }

    [Fact]
    public async Task Commits_that_become_visible_shortly_after_decoding_do_not_wait_for_a_poll()
    {
        await using var world = await postgres.CreateWorldAsync();
        await using var standby = await Standby.ConnectAsync(world);
        standby.Confirm();
        await using var invalidator = await RunningInvalidator.StartReadyAsync(world, ("Invalidator:PollInterval", "00:01:00"));
        await invalidator.StreamIsAsync("Open");
        string[] keys = [.. Enumerable.Range(1, 500).Select(n => $"product:{n}")];
        await world.CacheAsync(keys);

        await world.ExecuteAsync(
            """
            do $$ begin
                perform set_config('synchronous_commit', 'on', false);
                for n in 1..500 loop insert into products values (n, 's' || n, 1); commit; end loop;
            end $$
            """);

        await world.GoneAsync(keys);
    }
}
