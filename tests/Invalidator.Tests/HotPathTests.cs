using LastMile.Events.Fabric;
using LastMile.Events.Messages;
using LastMile.Events.Testing;
using Xunit;

namespace Invalidator.Tests;

/// <summary>Tests that each of the fast paths purges every key in every region.</summary>
[RunsFirst]
public sealed class HotPathTests(SharedServers servers)
{
    [Fact]
    public Task Sixty_thousand_rows_of_one_statement_are_purged_everywhere() => ChangeInOneStatementAsync(60_000);

    [Fact, Long]
    public Task Three_hundred_thousand_rows_of_one_statement_are_purged_everywhere() => ChangeInOneStatementAsync(300_000);

    [Fact]
    public Task A_backlog_of_single_row_changes_is_purged_everywhere() => ChangeBeforeTheStartAsync(40_000);

    [Fact, Long]
    public Task A_long_backlog_of_single_row_changes_is_purged_everywhere() => ChangeBeforeTheStartAsync(200_000);

    [Fact]
    public Task Single_row_transactions_of_eight_writers_are_purged_everywhere() => ChangeInManyTransactionsAsync(each: 1_000);

    [Fact, Long]
    public Task Twenty_thousand_single_row_transactions_are_purged_everywhere() => ChangeInManyTransactionsAsync(each: 2_500);

    [Fact]
    public Task Messages_of_five_hundred_changes_are_purged_everywhere() => PublishChangesAsync(messages: 40);

    [Fact, Long]
    public Task Two_hundred_messages_of_five_hundred_changes_are_purged_everywhere() => PublishChangesAsync(messages: 200);

    private async Task ChangeInOneStatementAsync(int rows)
    {
        await using var world = await CreateAsync();
        await using var items = await CacheAsync(world, rows);
        await using var invalidator = await RunningInvalidator.StartReadyAsync(world);

        await world.ExecuteAsync($"insert into items select generate_series(1, {rows})");

        await items.GoneAsync();
    }

    private async Task ChangeBeforeTheStartAsync(int rows)
    {
        await using var world = await CreateAsync();
        await using var items = await CacheAsync(world, rows);
        await world.ExecuteAsync(
            $$"""
            insert into lastmile.outbox (entity, kind, columns, rows, row_count)
            select 'Item', 'insert', '{id}', json_build_array(json_build_array(n::text)), 1 from generate_series(1, {{rows}}) n
            """);

        await using var invalidator = await RunningInvalidator.StartReadyAsync(world);

        await items.GoneAsync();
    }

    private async Task ChangeInManyTransactionsAsync(int each)
    {
        await using var world = await CreateAsync();
        await using var items = await CacheAsync(world, 8 * each);
        await using var invalidator = await RunningInvalidator.StartReadyAsync(world);
        await invalidator.StreamIsAsync("Open");

        await Task.WhenAll(Enumerable.Range(0, 8).Select(writer => world.ExecuteAsync(
            $"do $$ begin for n in {(writer * each) + 1}..{(writer + 1) * each} "
            + "loop insert into items values (n); commit; end loop; end $$")));

        await items.GoneAsync();
    }

    private async Task PublishChangesAsync(int messages)
    {
        await using var world = await CreateAsync();
        await using var items = await CacheAsync(world, messages * 500);
        await using var invalidator = await RunningInvalidator.StartReadyAsync(world);
        await using var bus = await BusProbe.OpenAsync(world.Amqp);

        foreach (var ids in Enumerable.Range(1, messages * 500).Chunk(500))
            await bus.PublishAsync(new EntitiesChanged([.. ids.Select(ChangeOf)]));

        await items.GoneAsync();
    }

    private static EntityChanged ChangeOf(int id) =>
        new("Item") { Values = new Dictionary<string, string?>(StringComparer.Ordinal) { ["id"] = $"{id}" } };

    private async Task<World> CreateAsync()
    {
        var world = await World.CreateAsync(servers);
        await world.ExecuteAsync("create table items (id int); select lastmile.track('items', 'Item', array['item:{id}'])");
        return world;
    }

    private async Task<CachedItems> CacheAsync(World world, int count) =>
        await CachedItems.FillAsync(count, world.RegionServer, await servers.StartRedisAsync(RedisRole.Region, world.Primary.Port));
}
