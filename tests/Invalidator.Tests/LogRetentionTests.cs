using LastMile.Events.Testing;
using Xunit;

namespace Invalidator.Tests;

public sealed class LogRetentionTests(SharedServers servers)
{
    [Fact]
    public async Task Deleting_old_batches_moves_the_logs_horizon()
    {
        await using var world = await World.CreateAsync(servers);
        await world.ExecuteAsync(
            """
            insert into lastmile.purge_log (id, keys, tags, epoch, sequence, applied_at, announced_at, double_delete_at) values
                (gen_random_uuid(), '{}', '{}', 7, 9, now() - interval '2 hours', now(), null),
                (gen_random_uuid(), '{}', '{}', 8, 1, now() - interval '2 hours', now(), null),
                (gen_random_uuid(), '{}', '{}', 8, 2, now() - interval '2 hours', now(), null),
                (gen_random_uuid(), '{}', '{}', 8, 3, now() - interval '2 hours', now(), now() + interval '1 hour'),
                (gen_random_uuid(), '{}', '{}', 8, 4, now() - interval '1 minute', now(), null);
            """);

        await using var invalidator = await RunningInvalidator.StartAsync(world, ("Invalidator:LogRetention", "01:00:00"));

        await HorizonIsAsync(world, "8-2");
        Assert.Equal(
            "8-3 8-4",
            await world.ScalarAsync<string>(
                "select string_agg(concat_ws('-', epoch, sequence), ' ' order by epoch, sequence) from lastmile.purge_log"));
    }

    [Fact]
    public async Task A_horizon_further_ahead_is_never_moved_back()
    {
        await using var world = await World.CreateAsync(servers);
        await world.ExecuteAsync(
            """
            update lastmile.purge_log_horizon set epoch = 8, sequence = 5;
            insert into lastmile.purge_log (id, keys, tags, epoch, sequence, applied_at, announced_at)
            values (gen_random_uuid(), '{}', '{}', 8, 4, now() - interval '2 hours', now());
            """);

        await using var invalidator = await RunningInvalidator.StartAsync(world, ("Invalidator:LogRetention", "01:00:00"));

        await Eventually.Async(() => world.ScalarAsync<bool>("select not exists (select from lastmile.purge_log)"));
        await HorizonIsAsync(world, "8-5");
    }

    private static Task<string> HorizonIsAsync(World world, string sought) =>
        Eventually.Async(
            () => world.ScalarAsync<string>("select concat_ws('-', epoch, sequence) from lastmile.purge_log_horizon"),
            shown => shown == sought,
            sought: $"the horizon is {sought}");
}
