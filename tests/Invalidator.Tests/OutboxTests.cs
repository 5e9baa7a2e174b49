using LastMile.Events.Testing;
using Xunit;

namespace Invalidator.Tests;

public sealed class OutboxTests(PurgingInvalidator running) : IClassFixture<PurgingInvalidator>
{
    private readonly World world = running.World;

    [Fact]
    public async Task A_renamed_slug_purges_both_keys_though_the_primary_never_held_them()
    {
        await world.CacheAsync("product:7");
        await world.ExecuteAsync("insert into products values (7, 'shoe', 1)");
        await world.GoneAsync("product:7");
        await world.CacheAsync("product:7", "slug:shoe", "slug:boot", "product:70");

        await world.ExecuteAsync("update products set slug = 'boot' where id = 7");

        await world.GoneAsync("product:7", "slug:shoe", "slug:boot");
        Assert.True(await world.IsCachedAsync("product:70"));
    }

    [Fact]
    public async Task A_rolled_back_change_purges_nothing()
    {
        await world.CacheAsync("product:20", "product:21");

        await world.ExecuteAsync("begin; insert into products values (20, 'a', 1); rollback");

        await world.ExecuteAsync("insert into products values (21, 'b', 1)");
        await world.GoneAsync("product:21");
        Assert.True(await world.IsCachedAsync("product:20"));
    }

    [Fact]
    public async Task A_tag_is_renewed_by_each_change()
    {
        await world.ExecuteAsync("insert into products values (30, 'c', 30)");
        await world.RenewedAsync("category:30");
        await world.OutboxEmptyAsync();
        var before = await world.GenerationAsync("category:30");

        await world.ExecuteAsync("update products set slug = 'd' where id = 30");

        await world.RenewedAsync("category:30", than: before);
    }

    [Fact]
    public async Task A_batch_is_purged_only_once_by_default()
    {
        await world.ExecuteAsync("insert into products values (60, 'f', 60)");

        await Eventually.Async(() => world.ScalarAsync<bool>(
            "select exists (select from lastmile.purge_log where keys @> '{product:60}')"));
        Assert.Equal(0, await world.ScalarAsync<long>("select count(double_delete_at) from lastmile.purge_log"));
    }

    [Fact]
    public async Task A_truncated_table_renews_the_tag_of_the_entity()
    {
        await world.ExecuteAsync("create table prices (id int); select lastmile.track('prices', 'Price', array['price:{id}'])");

        await world.ExecuteAsync("truncate prices");

        await world.RenewedAsync("Price");
    }

    [Theory]
    [InlineData("'Odd1', 'rename', '{id}', '[[\"1\"]]', 1", "the kind 'rename' is none of insert, update, delete, truncate")]
    [InlineData("'Odd2', 'update', '{id}', '[[\"1\"]]', 1", "no purge rule is known for the entity 'Odd2'")]
    [InlineData(
        "'Product', 'update', '{id}', '[[\"1\"]]', 1",
        "the template 'slug:{slug}' names 'slug', which the row does not hold; its columns: id")]
    [InlineData("'Product', 'update', '{id,slug,category_id}', '[[\"1\"]]', 1", "rows is not an array of arrays of 3 strings or nulls")]
    [InlineData("'Product', 'update', '{id,slug,category_id}', '[[1, 2, 3]]', 1", "rows is not an array of arrays of 3 strings or nulls")]
    [InlineData(
        "'Product', 'update', '{id,slug,category_id}', '{\"deep\":[[[[]]]]}', 1",
        "rows is not an array of arrays of 3 strings or nulls")]
    [InlineData(
        "'Product', 'update', '{{id,slug},{category_id,x}}', '[[\"1\"]]', -5",
        "rows is not an array of arrays of 4 strings or nulls")]
    [InlineData(
        "'Product', 'update', '{NULL}', '[[\"1\"]]', 2000000000",
        "the template 'product:{id}' names 'id', which the row does not hold")]
    public async Task A_malformed_row_is_quarantined_and_its_entity_purged(string row, string reason)
    {
        await world.CacheAsync("product:40", "product:41");
        var entity = row.Split('\'')[1];
        var before = await world.GenerationAsync(entity);

        await world.ExecuteAsync(
            $"""
            insert into products values (40, 'x', 1) on conflict (id) do update set slug = random()::text;
            insert into lastmile.outbox (entity, kind, columns, rows, row_count) values ({row});
            insert into products values (41, 'y', 1) on conflict (id) do update set slug = random()::text;
            """);

        await world.GoneAsync("product:40", "product:41");
        await world.RenewedAsync(entity, than: before);
        var kept = await Eventually.Async(
            () => world.ScalarAsync<string>(
                "with kept as (delete from lastmile.outbox_quarantine returning *) "
                + "select coalesce(string_agg(entity || ': ' || reason, '|'), '') from kept"),
            text => text.Length > 0);
        Assert.StartsWith($"{entity}: {reason}", kept, StringComparison.Ordinal);
        Assert.Contains(running.Invalidator.Log.Lines, line => line.Contains(reason, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Only_the_length_of_an_oversize_row_is_read()
    {
        await world.CacheAsync("product:42", "product:43");

        await world.ExecuteAsync(
            """
            insert into products values (42, 'long-1', 1);
            insert into lastmile.outbox (entity, kind, columns, rows, row_count)
            values ('Long', 'update', '{id}', json_build_array(json_build_array(repeat('x', 17 * 1024 * 1024))), 1);
            insert into products values (43, 'long-2', 1);
            """);

        await world.GoneAsync("product:42", "product:43");
        await Eventually.Async(
            () => world.ScalarAsync<string>(
                "with kept as (delete from lastmile.outbox_quarantine where entity = 'Long' returning *) "
                + "select coalesce(string_agg(rows::text, '|'), '') from kept"),
            text => text == "\"... of 17825798 bytes\"");
        await world.OutboxEmptyAsync();
    }

    [Theory]
    [InlineData("infinity")]
    [InlineData("-infinity")]
    [InlineData("20000-01-01")]
    [InlineData("4000-01-01 BC")]
    public async Task A_row_with_any_timestamp_is_purged(string createdAt)
    {
        await world.CacheAsync("product:45");

        await world.ExecuteAsync(
            "insert into lastmile.outbox (entity, kind, columns, rows, row_count, created_at) "
            + $"values ('Product', 'update', '{{id,slug,category_id}}', '[[\"45\",\"x\",\"1\"]]', 1, '{createdAt}')");

        await world.GoneAsync("product:45");
    }

    [Fact]
    public async Task New_rules_apply_to_later_changes()
    {
        await world.CacheAsync("brand:1", "maker:1");
        await world.ExecuteAsync("create table brands (id int); select lastmile.track('brands', 'Brand', array['brand:{id}'])");
        await world.ExecuteAsync("insert into brands values (1)");
        await world.GoneAsync("brand:1");

        await world.ExecuteAsync(
            "select lastmile.track('brands', 'Brand', array['maker:{id}']); update brands set id = 1; insert into brands values (1)");

        await world.GoneAsync("maker:1");
    }

    [Fact]
    public async Task Each_batch_is_announced_to_the_regions_and_marked_as_announced()
    {
        // A claim could otherwise add another test's rows to the batch.
        await world.OutboxEmptyAsync();
        await world.ExecuteAsync("insert into products values (50, 'e', 50)");

        var announced = await running.Bus.AnnouncedAsync(purge => purge.Keys.Contains("product:50", StringComparer.Ordinal));

        Assert.Equal(["product:50", "slug:e"], announced.Keys);
        Assert.Equal(["category:50"], announced.Tags);
        Assert.Equal(
            $"{announced.Epoch}-{announced.Sequence}",
            await world.ScalarAsync<string>(
                $"select concat_ws('-', epoch, sequence) from lastmile.purge_log where id = '{announced.BatchId}'"));
        // On a busy machine both the stream and a claim may purge the row, so the generation may be that of either batch.
        var generation = await world.RenewedAsync("category:50");
        await Eventually.Async(() => world.ScalarAsync<bool>(
            "select exists (select from lastmile.purge_log "
            + $"where tags @> '{{category:50}}' and concat_ws('-', epoch, sequence) = '{generation}')"));
        await Eventually.Async(() => world.ScalarAsync<bool>(
            $"select announced_at is not null from lastmile.purge_log where id = '{announced.BatchId}'"));
    }
}
