using LastMile.Events.Messages;
using MassTransit;
using Xunit;

namespace Invalidator.Tests;

public sealed class ReplayTests(PurgingInvalidator running) : IClassFixture<PurgingInvalidator>, IAsyncLifetime
{
    private readonly World world = running.World;

    public async ValueTask InitializeAsync() =>
        await world.ExecuteAsync("truncate lastmile.purge_log; update lastmile.purge_log_horizon set epoch = 0, sequence = 0");

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Fact]
    public async Task Batches_in_a_range_are_returned_in_order_across_epochs_and_gaps()
    {
        await LogAsync("1, 8", "1, 9", "1, 12", "2, 1", "2, 3", "2, 4");

        var replayed = await RequestAsync(new(1, 8), new(2, 3));

        Assert.Equal("1-9 1-12 2-1 2-3", Shown(replayed));
        Assert.Equal(new PurgesReplayed(new(1, 8), new(2, 3), replayed.Batches, Complete: true), replayed);
    }

    [Fact]
    public async Task A_batch_is_returned_with_all_its_fields()
    {
        await world.ExecuteAsync(
            """
            insert into lastmile.purge_log (id, epoch, sequence, keys, tags, applied_at, origins, prefix, everything, announced_at)
            values ('0198c0de-0000-7000-8000-000000000001', 1, 1, '{a,b}', '{t}', '2026-01-02 03:04:05+00',
                '[{"traceParent": null, "actor": "user:1"}]', 'page:', true, now())
            """);

        var batch = Assert.Single((await RequestAsync(new(1, 0), new(1, 1))).Batches);

        Assert.Equal((Guid.Parse("0198c0de-0000-7000-8000-000000000001"), 1, 1), (batch.BatchId, batch.Epoch, batch.Sequence));
        Assert.Equal(
            ("a b", "t", "page:", true),
            (string.Join(' ', batch.Keys), string.Join(' ', batch.Tags), batch.Prefix, batch.Everything));
        Assert.Equal(new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero), batch.AppliedAt);
        Assert.Equal(new ChangeOrigin(null, "user:1"), batch.Origins.Single());
    }

    [Fact]
    public async Task An_empty_range_is_answered()
    {
        await LogAsync("1, 1", "1, 5");

        var replayed = await RequestAsync(new(1, 1), new(1, 4));

        Assert.Equal(("", new RegionWatermark(1, 4), true), (Shown(replayed), replayed.UpTo, replayed.Complete));
    }

    [Fact]
    public async Task Many_names_are_returned_in_pages_without_gaps()
    {
        await world.ExecuteAsync(
            """
            insert into lastmile.purge_log (id, epoch, sequence, keys, tags, applied_at, announced_at)
            select gen_random_uuid(), 1, n,
                array(select 'k' || n || '-' || k from generate_series(1, case n when 7 then 5000 else 1500 end) k), '{}', now(), now()
            from generate_series(1, 25) n
            """);
        var (after, pages, sequences) = (new RegionWatermark(1, 0), 0, new List<long>());

        while (after != new RegionWatermark(1, 25))
        {
            var page = await RequestAsync(after, new(1, 25));
            Assert.InRange(page.Batches.Sum(batch => batch.Keys.Count), 1, 20_000);
            sequences.AddRange(page.Batches.Select(batch => batch.Sequence));
            (after, pages) = (page.UpTo, pages + 1);
        }

        Assert.Equal(Enumerable.Range(1, 25).Select(n => (long)n), sequences);
        Assert.Equal(4, pages);
    }

    [Theory]
    [InlineData(8, true)]
    [InlineData(7, true)]
    [InlineData(6, false)]
    public async Task A_replay_is_complete_only_from_the_logs_horizon_on(long after, bool complete)
    {
        await world.ExecuteAsync("update lastmile.purge_log_horizon set epoch = 1, sequence = 7");

        Assert.Equal(complete, (await RequestAsync(new(1, after), new(2, 1))).Complete);
    }

    [Fact]
    public async Task An_invalid_range_is_refused_with_the_reason()
    {
        var backwards = await Assert.ThrowsAsync<RequestFaultException>(() => RequestAsync(new(2, 1), new(1, 9)));
        await Assert.ThrowsAsync<RequestFaultException>(() => RequestAsync(null!, new(1, 9)));
        await Assert.ThrowsAsync<RequestFaultException>(() => RequestAsync(new(1, 9), null!));

        Assert.Contains("has an invalid range", backwards.Message, StringComparison.Ordinal);
    }

    private Task<PurgesReplayed> RequestAsync(RegionWatermark after, RegionWatermark upTo) =>
        running.Invalidator.RequestAsync<PurgesRequested, PurgesReplayed>(new("ams", after, upTo));

    private Task LogAsync(params string[] watermarks) => world.ExecuteAsync(string.Join(';', watermarks.Select(watermark =>
        "insert into lastmile.purge_log (id, epoch, sequence, keys, tags, applied_at, announced_at) "
        + $"values (gen_random_uuid(), {watermark}, '{{k}}', '{{}}', now(), now())")));

    private static string Shown(PurgesReplayed replayed) =>
        string.Join(' ', replayed.Batches.Select(batch => $"{batch.Epoch}-{batch.Sequence}"));
}
