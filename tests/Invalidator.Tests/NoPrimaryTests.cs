using System.Net;
using System.Text.Json;
using LastMile.Events.Messages;
using LastMile.Events.Testing;
using Npgsql;
using Xunit;

namespace Invalidator.Tests;

/// <summary>An Invalidator without a Redis primary: the database numbers the purges.</summary>
public sealed class NoPrimaryTests(SharedServers servers)
{
    private static readonly (string Key, string? Value) NoPrimary = ("Redis:ConnectionString", "");

    [Fact]
    public async Task Purges_get_their_watermarks_from_the_database()
    {
        await using var world = await World.CreateAsync(servers);
        await using var bus = await BusProbe.OpenAsync(world.Amqp);
        await bus.ReceiveAsync<InvalidatorHeartbeat>("heartbeats");
        await using var invalidator = await RunningInvalidator.StartReadyAsync(world, NoPrimary);

        Assert.Equal("1-1", (await invalidator.PurgeAsync("""{"keys":["a"]}""")).Watermark);
        Assert.Equal("1-2", (await invalidator.PurgeAsync("""{"keys":["b"]}""")).Watermark);
        await world.ExecuteAsync("insert into products values (1, 'one', 1)");

        var announced = await bus.AnnouncedAsync(batch => batch.Keys.Contains("product:1"));
        Assert.Equal((1, 3), (announced.Epoch, announced.Sequence));
        // Not always 3: on a busy machine the claim may purge a change that the stream has purged.
        await Eventually.Async(
            async () => (
                Newest: await NewestAsync(),
                Heartbeat: (await bus.ReceivedAsync("heartbeats")).Message.Deserialize<InvalidatorHeartbeat>(JsonSerializerOptions.Web)!),
            seen => seen.Heartbeat is { Epoch: 1, PrimaryId: null } && seen.Heartbeat.Sequence == seen.Newest && seen.Newest >= 3);
        await Eventually.Async(async () => await NewestAsync()
            == (await invalidator.GetAsync("/status")).Body.GetProperty("watermark").GetProperty("sequence").GetInt64());
        Assert.DoesNotContain("redis", (await invalidator.GetAsync("/health/ready")).Body.ToString(), StringComparison.Ordinal);
        await invalidator.Log.HasAsync("works without a Redis primary");

        Task<long> NewestAsync() => world.ScalarAsync<long>("select max(sequence) from lastmile.purge_log");
    }

    [Fact]
    public async Task Purges_by_prefix_of_everything_and_repeated_ones_are_announced()
    {
        await using var world = await World.CreateAsync(servers);
        await using var bus = await BusProbe.OpenAsync(world.Amqp);
        await using var invalidator = await RunningInvalidator.StartReadyAsync(
            world, NoPrimary, ("Invalidator:DoubleDeleteAfter", "100ms"));

        await invalidator.PurgeAsync("""{"prefix":"page:"}""");
        await invalidator.PurgeAsync("""{"all":true}""");

        Assert.Equal(1, (await bus.AnnouncedAsync(batch => batch.Prefix == "page:")).Sequence);
        await bus.AnnouncedAsync(batch => batch is { Everything: true, Sequence: 2 });
        await bus.AnnouncedAsync(batch => batch is { Everything: true, Sequence: > 2 });
        Assert.Equal(2, await world.ScalarAsync<long>("select count(*) from lastmile.purge_log where prefix = 'page:'"));
    }

    [Fact]
    public async Task A_change_whose_purge_the_log_refuses_is_announced_without_a_watermark_and_later_with_one()
    {
        await using var world = await World.CreateAsync(servers);
        await using var bus = await BusProbe.OpenAsync(world.Amqp);
        await using var invalidator = await RunningInvalidator.StartReadyAsync(world, NoPrimary);
        await world.ExecuteAsync("""
            create function public.refuse() returns trigger language plpgsql as
            'begin raise exception ''could not extend file'' using errcode = ''disk_full''; end';
            create trigger refuse before insert on lastmile.purge_log execute function public.refuse();
            """);

        await world.ExecuteAsync("insert into products values (1, 'one', 1)");
        await bus.UnloggedAsync("product:1");
        // A statement with many rows is left to the claim.
        await world.ExecuteAsync("insert into products select n, 'many', 1 from generate_series(10, 2500) n");
        await bus.UnloggedAsync("product:11");
        await bus.PublishAsync(new EntityChanged("Page") { Keys = ["published"] });
        await bus.UnloggedAsync("published");
        Assert.Equal(0, await world.ScalarAsync<long>("select count(*) from lastmile.purge_log"));
        await world.ExecuteAsync("drop trigger refuse on lastmile.purge_log");

        HashSet<string> missing = ["product:1", "product:11", "published"];
        await bus.AnnouncedAsync(batch =>
        {
            missing.ExceptWith(batch.Keys);
            return missing.Count == 0;
        });
    }

    [Fact]
    public async Task Two_Invalidators_share_an_epoch_without_a_gap()
    {
        await using var world = await World.CreateAsync(servers);
        await using var one = await RunningInvalidator.StartReadyAsync(world, NoPrimary);
        await using var other = await RunningInvalidator.StartReadyAsync(world, NoPrimary);

        var purges = await Task.WhenAll(Enumerable.Range(0, 100)
            .Select(n => (n % 2 == 0 ? one : other).PurgeAsync($$"""{"keys":["{{n}}"]}""")));

        // On a busy machine a request may fail although its purge is logged.
        string[] accepted = [.. purges.Where(purge => purge.Status == HttpStatusCode.Accepted).Select(purge => purge.Watermark)];
        var logged = await world.ScalarAsync<string[]>(
            "select array_agg(epoch || '-' || sequence order by epoch, sequence) from lastmile.purge_log");
        Assert.Equal(Enumerable.Range(1, logged.Length).Select(n => $"1-{n}"), logged);
        Assert.NotEmpty(accepted);
        Assert.Equal(accepted.Distinct(StringComparer.Ordinal), accepted);
        Assert.Subset(logged.ToHashSet(StringComparer.Ordinal), accepted.ToHashSet(StringComparer.Ordinal));
    }

    [Fact]
    public async Task A_change_between_a_primary_and_none_begins_an_epoch_and_loses_no_purge()
    {
        await using var world = await World.CreateAsync(servers);
        await using (var with = await RunningInvalidator.StartReadyAsync(world))
            Assert.Equal("1-1", (await with.PurgeAsync("""{"keys":["a"]}""")).Watermark);
        await world.CacheAsync("b");

        await using (var without = await RunningInvalidator.StartReadyAsync(world, NoPrimary))
        {
            Assert.Equal("2-1", (await without.PurgeAsync("""{"keys":["b"]}""")).Watermark);
            Assert.True(await world.IsCachedAsync("b"));
        }

        await using (var with = await RunningInvalidator.StartReadyAsync(world))
        {
            Assert.Equal("3-1", (await with.PurgeAsync("""{"keys":["c"]}""")).Watermark);
            await world.GoneAsync("b");
        }

        await using var again = await RunningInvalidator.StartReadyAsync(world, NoPrimary);
        Assert.Equal("4-1", (await again.PurgeAsync("""{"keys":["d"]}""")).Watermark);
    }

    [Fact]
    public async Task A_page_of_the_log_waits_for_a_purge_that_is_being_committed()
    {
        await using var world = await World.CreateAsync(servers);
        await using var invalidator = await RunningInvalidator.StartReadyAsync(world, NoPrimary);
        await invalidator.PurgeAsync("""{"keys":["first"]}""");
        await using var connection = await world.Source.OpenConnectionAsync(TestContext.Current.CancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(TestContext.Current.CancellationToken);
        await using var append = new NpgsqlCommand(
            "insert into lastmile.purge_log (id, epoch, keys, tags, applied_at) values (gen_random_uuid(), 1, '{slow}', '{}', now()) "
                + "returning sequence",
            connection);
        Assert.Equal(2L, await append.ExecuteScalarAsync(TestContext.Current.CancellationToken));
        Assert.Equal("1-3", (await invalidator.PurgeAsync("""{"keys":["third"]}""")).Watermark);

        var reading = invalidator.RequestAsync<PurgesRequested, PurgesReplayed>(new("ams", new(1, 1), new(1, 3)));
        await invalidator.GetAsync("/purges?after=1-3");
        Assert.False(reading.IsCompleted);
        await transaction.CommitAsync(TestContext.Current.CancellationToken);

        Assert.Equal([2L, 3L], (await reading).Batches.Select(batch => batch.Sequence));
    }

    [Fact]
    public async Task A_replicated_region_degrades_the_health()
    {
        await using var world = await World.CreateAsync(servers);
        await using var bus = await BusProbe.OpenAsync(world.Amqp);
        await using var invalidator = await RunningInvalidator.StartReadyAsync(world, NoPrimary);

        await bus.PublishAsync(
            new RegionReported("syd", "agent-1", "Replicated", "Converged", new(1, 0), new(1, 0), DateTimeOffset.UnixEpoch));

        var (status, body) = await Eventually.Async(
            () => invalidator.GetAsync("/health/ready"),
            health => health.Body.ToString().Contains("syd (Replicated)", StringComparison.Ordinal));
        Assert.Equal(HttpStatusCode.OK, status);
        Assert.Contains("Redis:ConnectionString", body.ToString(), StringComparison.Ordinal);
    }
}
