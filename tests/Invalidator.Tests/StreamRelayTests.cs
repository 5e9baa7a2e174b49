using LastMile.Events.Testing;
using Xunit;

namespace Invalidator.Tests;

/// <summary>
/// Tests the purges from the stream. The poll interval is longer than the tests wait, so a row is purged in time only if the stream purges
/// it or wakes the claim.
/// </summary>
public sealed class StreamRelayTests(StreamRelayTests.StreamingInvalidator running, SharedServers servers)
    : IClassFixture<StreamRelayTests.StreamingInvalidator>
{
    private readonly World world = running.World;

    [Fact]
    public async Task A_streamed_row_is_purged_logged_and_removed_from_the_outbox()
    {
        await world.CacheAsync("product:2000", "slug:a");

        await world.ExecuteAsync("insert into products values (2000, 'a', 1)");

        await world.GoneAsync("product:2000", "slug:a");
        await world.OutboxEmptyAsync();
        var batches = await world.ScalarAsync<long>(
            "select count(*) from lastmile.purge_log where keys @> '{product:2000,slug:a}' and tags @> '{category:1}'");
        // On a busy machine the claim may purge the row too.
        Assert.InRange(batches, 1, 2);
    }

    [Fact]
    public async Task A_row_with_many_entities_is_left_to_the_claim()
    {
        string[] many = [.. Enumerable.Range(1, 150).Select(n => $"product:{n}")];
        await world.CacheAsync([.. many, "product:1000"]);

        // The lock blocks only claims: a claim reads the revision of the rules, but a purge from the stream does not.
        await using (var connection = await world.Source.OpenConnectionAsync())
        await using (var claimsWait = await connection.BeginTransactionAsync())
        {
            await using var hold = connection.CreateCommand();
            hold.CommandText = "lock table lastmile.rule_revision in access exclusive mode";
            await hold.ExecuteNonQueryAsync();
            await world.ExecuteAsync("insert into products select n, 's' || n, 1 from generate_series(1, 150) n");
            await Eventually.Async(() => StreamedAfterAsync(world));
            Assert.All(await Task.WhenAll(many.Select(world.IsCachedAsync)), Assert.True);
        }

        await world.GoneAsync(many);
    }

    [Fact]
    public async Task A_transaction_with_more_rows_than_the_stream_accepts_is_purged_completely()
    {
        string[] keys = [.. Enumerable.Range(10_001, 5_000).Select(n => $"product:{n}")];
        await world.CacheAsync(keys);

        await world.ExecuteAsync("do $$ begin for n in 10001..15000 loop insert into products values (n, 's' || n, 1); end loop; end $$");

        await world.GoneAsync(keys);
        await world.OutboxEmptyAsync();
    }

    [Fact]
    public async Task A_row_written_before_the_start_is_purged()
    {
        await using var before = await World.CreateAsync(servers);
        await before.CacheAsync("product:1");
        await before.ExecuteAsync("insert into products values (1, 'a', 1)");

        await using var invalidator = await StartStreamingAsync(before);

        await before.GoneAsync("product:1");
        await before.OutboxEmptyAsync();
    }

    // Makes a change and returns whether the stream purged it. The caller retries, because a row that becomes visible late is left to the
    // claim.
    private static async Task<bool> StreamedAfterAsync(World world)
    {
        await world.ExecuteAsync(
            "insert into products values (1000, 'a', 1) on conflict (id) do update set category_id = products.category_id + 1");
        return !await world.IsCachedAsync("product:1000");
    }

    private static async Task<RunningInvalidator> StartStreamingAsync(World world)
    {
        var invalidator = await RunningInvalidator.StartReadyAsync(world, ("Invalidator:PollInterval", "00:01:00"));
        await invalidator.StreamIsAsync("Open");
        // Before the rules are read, all rows are left to the claim.
        await invalidator.Log.HasAsync("Purge rules read");
        return invalidator;
    }

    /// <summary>An Invalidator that receives the stream and polls once a minute.</summary>
    public sealed class StreamingInvalidator(SharedServers servers) : IAsyncLifetime
    {
        private RunningInvalidator invalidator = null!;

        internal World World { get; private set; } = null!;

        public async ValueTask InitializeAsync()
        {
            World = await World.CreateAsync(servers);
            invalidator = await StartStreamingAsync(World);
        }

        public async ValueTask DisposeAsync()
        {
            await invalidator.DisposeAsync();
            await World.DisposeAsync();
        }
    }
}
