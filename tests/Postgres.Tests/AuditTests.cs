using LastMile.Events.Testing;
using Xunit;

namespace Postgres.Tests;

public sealed class AuditTests(SharedServers servers)
{
    [Theory]
    [InlineData("select 1", "")]
    [InlineData("alter table products disable trigger lastmile_update", "products: trigger lastmile_update is disabled -> alter table products enable trigger lastmile_update")]
    [InlineData("alter table products enable replica trigger lastmile_delete", "products: trigger lastmile_delete is disabled -> alter table products enable trigger lastmile_delete")]
    [InlineData("alter table products enable always trigger lastmile_delete", "")]
    [InlineData("drop trigger lastmile_insert on products", "products: trigger lastmile_insert is missing -> call lastmile.track(…) for the table again, or apply its migration")]
    [InlineData("do $$ begin execute (select format('create or replace function lastmile.%I() returns trigger language plpgsql as %L', capture, 'begin return null; end') from lastmile.tracked_table); end $$", "products: function lastmile.FUNCTION is not as track() made it -> call lastmile.track(…) for the table again, or apply its migration")]
    public async Task What_is_not_as_declared_is_listed_with_its_remedy(string damage, string expected)
    {
        await using var database = await Database.CreateAsync(servers);
        await database.ExecuteAsync("create table products (id int); select lastmile.track('products', 'Product', array['product:{id}'])");

        await database.ExecuteAsync(damage);

        var function = (await database.QueryAsync("select capture from lastmile.tracked_table")).Single()!;
        Assert.Equal(
            expected,
            string.Join('|', await database.QueryAsync("select relation || ': ' || finding || ' -> ' || remedy from lastmile.audit()"))
                .Replace(function, "FUNCTION", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_table_that_was_dropped_is_listed_and_its_remedy_works()
    {
        await using var database = await Database.CreateAsync(servers);
        await database.ExecuteAsync("create table products (id int); select lastmile.track('products', 'Product', array['product:{id}'])");

        await database.ExecuteAsync("drop table products");

        Assert.Equal(["the table is gone"], await database.QueryAsync("select finding from lastmile.audit()"));
        await database.ExecuteAsync((await database.QueryAsync("select remedy from lastmile.audit()")).Single()!);
        Assert.Empty(await database.QueryAsync("select finding from lastmile.audit()"));
    }
}
