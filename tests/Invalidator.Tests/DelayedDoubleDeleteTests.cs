using LastMile.Events.Testing;
using StackExchange.Redis;
using Xunit;

namespace Invalidator.Tests;

[RunsFirst]
public sealed class DelayedDoubleDeleteTests(SharedServers servers)
{
    private static readonly (string, string?) Soon = ("Invalidator:DoubleDeleteAfter", "00:00:01");
    private static readonly (string, string?) Late = ("Invalidator:DoubleDeleteAfter", "01:00:00");

    [Fact]
    public async Task The_second_delete_removes_a_value_that_a_slow_reader_wrote_back_and_no_third_follows()
    {
        await using var world = await World.CreateAsync(servers);
        await using var bus = await BusProbe.OpenAsync(world.Amqp);
        await using var invalidator = await RunningInvalidator.StartReadyAsync(world, ("Invalidator:DoubleDeleteAfter", "00:10:00"));
        await world.CacheAsync("product:1");
        var first = await invalidator.PurgeAsync("""{"keys":["product:1"],"tags":["category:1"]}""");
        await world.GoneAsync("product:1");
        var generation = await world.GenerationAsync("category:1");
        await world.CacheAsync("product:1");

        await MakeDueAsync(world);

        await world.GoneAsync("product:1");
        await world.RenewedAsync("category:1", than: generation);
        await bus.AnnouncedAsync(purge => purge.BatchId != first.Id && purge.Keys.Contains("product:1", StringComparer.Ordinal));
        // If a second delete scheduled a third, the log would show it immediately.
        await Eventually.Async(() => world.ScalarAsync<bool>(
            "select count(*) = 2 and bool_and(double_delete_at is null) from lastmile.purge_log"));
    }

    [Fact]
    public async Task The_second_delete_follows_the_first_after_the_configured_delay()
    {
        await using var world = await World.CreateAsync(servers);
        await using var invalidator = await RunningInvalidator.StartReadyAsync(world, Soon);

        await invalidator.PurgeAsync("""{"keys":["a"]}""");

        await Eventually.Async(() => world.ScalarAsync<bool>("select count(*) = 2 from lastmile.purge_log"));
        Assert.InRange(
            await world.ScalarAsync<TimeSpan>("select max(applied_at) - min(applied_at) from lastmile.purge_log"),
            TimeSpan.FromSeconds(0.9),
            TimeSpan.MaxValue);
    }

    [Theory]
    [InlineData("00:00:05")]
    [InlineData("00:00:00")]
    public async Task A_pending_second_delete_survives_its_Invalidator(string after)
    {
        await using var world = await World.CreateAsync(servers);
        await using (await RunningInvalidator.StartReadyAsync(world, Late))
        {
            await world.CacheAsync("product:1");
            await world.ExecuteAsync("insert into products values (1, 'a', 1)");
            await world.GoneAsync("product:1");
            await Eventually.Async(() => world.ScalarAsync<bool>(
                "select exists (select from lastmile.purge_log where double_delete_at > now() + interval '59 minutes')"));
        }

        await world.CacheAsync("product:1");
        await MakeDueAsync(world);
        await using var next = await RunningInvalidator.StartAsync(world, ("Invalidator:DoubleDeleteAfter", after));

        await world.GoneAsync("product:1");
    }

    [Fact]
    public async Task A_purge_of_a_prefix_or_of_everything_is_also_repeated()
    {
        await using var world = await World.CreateAsync(servers);
        await using var bus = await BusProbe.OpenAsync(world.Amqp);
        await using var primary = await ConnectionMultiplexer.ConnectAsync(world.Primary.Endpoint);
        await primary.GetDatabase().StringSetAsync("page:1", "also on the primary");
        await primary.GetDatabase().StringSetAsync("other:1", "stays");
        await using var invalidator = await RunningInvalidator.StartReadyAsync(world, Soon);

        await LogDueAsync(world, "1, '{}', 'page:', false");
        var prefix = await bus.AnnouncedAsync(purge => purge.Prefix == "page:");
        Assert.False(await primary.GetDatabase().KeyExistsAsync("page:1"));
        Assert.True(await primary.GetDatabase().KeyExistsAsync("other:1"));

        await world.CacheAsync("only:here");
        await LogDueAsync(world, "2, '{}', null, true");
        var everything = await bus.AnnouncedAsync(purge => purge.Everything);
        await world.GoneAsync("only:here", "other:1");

        Assert.Equal((false, 0), (prefix.Everything, prefix.Keys.Count));
        Assert.Equal((null, 0, prefix.Sequence + 1), (everything.Prefix, everything.Keys.Count, everything.Sequence));
    }

    [Fact]
    public async Task Two_Invalidators_share_the_due_second_deletes()
    {
        await using var world = await World.CreateAsync(servers);
        await world.ExecuteAsync(
            """
            insert into lastmile.purge_log (id, epoch, sequence, keys, tags, applied_at, announced_at, double_delete_at)
            select gen_random_uuid(), 7, n, array['key:' || n], '{}', now(), now(), now() from generate_series(1, 1000) n
            """);

        await using var first = await RunningInvalidator.StartAsync(world, Soon);
        await using var second = await RunningInvalidator.StartAsync(world, Soon);

        await Eventually.Async(
            () => world.ScalarAsync<long>("select count(*) from lastmile.purge_log where double_delete_at is not null"),
            left => left == 0);
        Assert.Equal(
            (1000, 1000),
            (await world.ScalarAsync<long>("select count(*) from lastmile.purge_log, unnest(keys) where epoch <> 7"),
                await world.ScalarAsync<long>(
                    "select count(distinct key) from lastmile.purge_log, unnest(keys) key where epoch <> 7")));
    }

    [Fact]
    public async Task Second_deletes_wait_for_the_primary()
    {
        await using var world = await World.CreateAsync(servers);
        await using var invalidator = await RunningInvalidator.StartReadyAsync(world, Soon);
        await world.Primary.Process.KillAsync();

        await LogDueAsync(world, "1, '{key:1}', null, false");
        await invalidator.MissesAsync("redis-primary");
        Assert.Equal(1, await world.ScalarAsync<long>("select count(*) from lastmile.purge_log where double_delete_at is not null"));

        await world.Primary.Process.StartAsync();
        await Eventually.Async(() => world.ScalarAsync<bool>("select bool_and(double_delete_at is null) from lastmile.purge_log"));
    }

    private static Task MakeDueAsync(World world) => world.ExecuteAsync("update lastmile.purge_log set double_delete_at = now()");

    private static Task LogDueAsync(World world, string batch) => world.ExecuteAsync(
        $$"""
        insert into lastmile.purge_log
            (id, applied_at, epoch, tags, announced_at, double_delete_at, sequence, keys, prefix, everything)
        values (gen_random_uuid(), now(), 7, '{}', now(), now(), {{batch}})
        """);
}
