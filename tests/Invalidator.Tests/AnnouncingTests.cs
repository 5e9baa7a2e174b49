using LastMile.Events.Invalidator.Announcing;
using LastMile.Events.Invalidator.Changes;
using LastMile.Events.Redis;
using LastMile.Events.Testing;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Invalidator.Tests;

public sealed class AnnouncingTests(SharedServers servers)
{
    [Fact]
    public async Task Waiting_batches_are_announced_in_messages_that_a_broker_accepts()
    {
        await using var world = await World.CreateAsync(servers);
        await using var invalidator = await RunningInvalidator.StartReadyAsync(world);
        await using var bus = await BusProbe.OpenAsync(world.Amqp);

        // Simulates the backlog of a bulk update during a broker outage: 500 KB per batch.
        await world.ExecuteAsync(
            """
            insert into lastmile.purge_log (id, epoch, sequence, keys, tags, applied_at)
            select
                gen_random_uuid(), 1, 1000 + n, array(select repeat('x', 1000) || m from generate_series(1, 500) m), '{}',
                now() - interval '1 minute'
            from generate_series(1, 25) n
            """);

        await Eventually.Async(
            () => world.ScalarAsync<long>("select count(*) from lastmile.purge_log where announced_at is null"),
            left => left == 0,
            sought: "all are announced");
        var bytes = await bus.AnnouncementBytesAsync();
        Assert.InRange(bytes.Sum(), 25 * 500_000, 25 * 600_000);
        Assert.InRange(bytes.Max(), 500_000, 2_000_000);
    }

    [Fact]
    public void A_message_ends_with_the_batch_that_reaches_a_limit()
    {
        static PurgeBatch Batch(int names, int length) =>
            new(Guid.NewGuid(), new Watermark(1, 1), [.. Enumerable.Repeat(new string('x', length), names)], [], default, []);

        int[] SizesOf(params PurgeBatch[] batches) => [.. MessageSize.Split(batches).Select(message => message.Count)];

        Assert.Equal([3], SizesOf(Batch(10, 10), Batch(10, 10), Batch(10, 10)));
        Assert.Equal([2, 1], SizesOf(Batch(5_000, 10), Batch(5_000, 10), Batch(1, 10)));
        Assert.Equal([2, 1], SizesOf(Batch(1_000, 600), Batch(1_000, 600), Batch(1, 10)));
        Assert.Equal([1, 1], SizesOf(Batch(10_000, 10), Batch(1, 10)));
        Assert.Empty(SizesOf());
    }

    [Fact]
    public async Task Announcing_is_degraded_once_it_has_failed_for_ten_seconds()
    {
        var time = new FakeTimeProvider(new DateTimeOffset(2030, 1, 2, 3, 4, 5, TimeSpan.Zero));
        var health = new AnnouncingHealth(time);
        async Task<HealthCheckResult> CheckAsync() => await health.CheckHealthAsync(new HealthCheckContext());

        health.Failed(new TimeoutException("refused."));
        Assert.Equal(HealthStatus.Healthy, (await CheckAsync()).Status);

        time.Advance(TimeSpan.FromSeconds(10));
        health.Failed(new TimeoutException("message size 20000000 is larger than configured max size 16777216."));
        Assert.Equal(HealthStatus.Degraded, (await CheckAsync()).Status);
        Assert.StartsWith(
            "Purges have not been announced since 2030-01-02 03:04:05Z: message size 20000000",
            (await CheckAsync()).Description,
            StringComparison.Ordinal);

        health.Succeeded();
        Assert.Equal(HealthStatus.Healthy, (await CheckAsync()).Status);
    }
}
