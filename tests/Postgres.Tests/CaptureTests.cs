using Npgsql;
using Xunit;

namespace Postgres.Tests;

public sealed class CaptureTests(InstalledDatabase installed) : IClassFixture<InstalledDatabase>, IAsyncLifetime
{
    private const string Inserted = "Product insert Id,Slug [1,a] [2,b]";
    private readonly Database database = installed.Database;

    public async ValueTask InitializeAsync()
    {
        await database.ResetAsync();
        await database.ExecuteAsync("create table products (id int primary key, slug text, name text, views int default 0)");
        await database.ExecuteAsync(
            """
            select lastmile.track(
                'products', 'Product', array['product:{Id}', 'product:slug:{Slug}'],
                ignore => '{views}', columns => '{"Id":"id","Slug":"slug"}')
            """);
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Theory]
    [InlineData("an insert", "insert into products values (3, null, 'x')", "Product insert Id,Slug [3,∅]")]
    [InlineData("a renamed slug", "update products set slug = 'c' where id = 1", "Product update Id,Slug [1,a] [1,c]")]
    [InlineData("a column in no template", "update products set name = 'y' where id = 1", "Product update Id,Slug [1,a]")]
    [InlineData("a changed key", "update products set id = 9 where id = 1", "Product update Id,Slug [1,a] [9,a]")]
    [InlineData(
        "an update from another table",
        "update products p set name = s.name from (values (1, 'x'), (2, null)) s (id, name) where p.id = s.id",
        "Product update Id,Slug [1,a]")]
    [InlineData(
        "a function",
        "do $$ begin update products set name = 'y' where id = 1; delete from products where id = 2; end $$",
        "Product delete Id,Slug [2,b]|Product update Id,Slug [1,a]")]
    [InlineData(
        "an upsert of one row",
        "insert into products values (1, 'c') on conflict (id) do update set slug = excluded.slug",
        "Product update Id,Slug [1,a] [1,c]")]
    [InlineData(
        "a swap",
        "update products set slug = case slug when 'a' then 'b' else 'a' end",
        "Product update Id,Slug [1,a] [1,b] [2,a] [2,b]")]
    [InlineData(
        "a null becomes a value",
        "update products set name = 'y'; update products set name = null",
        "Product update Id,Slug [1,a] [2,b]|Product update Id,Slug [1,a] [2,b]")]
    [InlineData("a delete", "delete from products where id = 2", "Product delete Id,Slug [2,b]")]
    [InlineData("a truncate", "truncate products", "Product truncate ")]
    [InlineData(
        "an upsert",
        "insert into products values (1, 'c'), (3, 'd') on conflict (id) do update set slug = excluded.slug",
        "Product insert Id,Slug [3,d]|Product update Id,Slug [1,a] [1,c]")]
    [InlineData("an upsert that does nothing", "insert into products values (1, 'c') on conflict do nothing", "")]
    [InlineData(
        "a merge",
        "merge into products p using (values (1, 'c'), (2, null), (3, 'd')) s (id, slug) on p.id = s.id "
            + "when matched and s.slug is null then delete when matched then update set slug = s.slug "
            + "when not matched then insert (id, slug) values (s.id, s.slug)",
        "Product delete Id,Slug [2,b]|Product insert Id,Slug [3,d]|Product update Id,Slug [1,a] [1,c]")]
    [InlineData(
        "a statement with several changes",
        "with gone as (delete from products where id = 1 returning *) insert into products select 5, slug from gone",
        "Product delete Id,Slug [1,a]|Product insert Id,Slug [5,a]")]
    [InlineData("an update to the same values", "update products set slug = slug, name = name", "")]
    [InlineData("an ignored column", "update products set views = views + 1", "")]
    [InlineData(
        "an ignored column and another",
        "update products set views = views + 1, name = 'y' where id = 1",
        "Product update Id,Slug [1,a]")]
    [InlineData(
        "no row",
        "update products set slug = 'z' where id = 77; delete from products where id = 77; insert into products select 1 where false",
        "")]
    [InlineData("a rollback", "begin; delete from products; rollback", "")]
    [InlineData(
        "a savepoint",
        "begin; savepoint s; delete from products where id = 1; rollback to s; delete from products where id = 2; commit",
        "Product delete Id,Slug [2,b]")]
    public async Task The_capture_records_the_changes_of_each_statement(string what, string sql, string expected)
    {
        await database.ExecuteAsync("insert into products values (1, 'a'), (2, 'b')");
        Assert.Equal([Inserted], await database.TakeAsync());

        await database.ExecuteAsync(sql);

        Assert.True(expected == string.Join('|', (await database.TakeAsync()).Order(StringComparer.Ordinal)), what);
    }

    [Fact]
    public async Task Copy_is_captured()
    {
        await using (var connection = await database.Source.OpenConnectionAsync())
        await using (var copy = await connection.BeginTextImportAsync("copy products (id, slug) from stdin"))
            await copy.WriteAsync("1\ta\n2\tb\n");

        Assert.Equal([Inserted], await database.TakeAsync());
    }

    [Fact]
    public async Task A_cascading_delete_is_captured_in_the_other_table()
    {
        await database.ExecuteAsync(
            """
            create table reviews (product int references products on delete cascade, nr int, primary key (product, nr));
            select lastmile.track('reviews', 'Review', array['review:{product}:{nr}']);
            insert into products values (1, 'a');
            insert into reviews values (1, 1), (1, 2);
            """);
        await database.TakeAsync();

        await database.ExecuteAsync("delete from products");

        Assert.Equal(
            "Product delete Id,Slug [1,a]|Review delete product,nr [1,1] [1,2]",
            string.Join('|', (await database.TakeAsync()).Order(StringComparer.Ordinal)));
    }

    [Theory]
    [InlineData(
        "on delete set null",
        "delete from products where id = 1",
        "Product delete Id,Slug [1,a]|Review update product,nr [1,1] [∅,1]")]
    [InlineData(
        "on update cascade",
        "update products set id = 9 where id = 1",
        "Product update Id,Slug [1,a] [9,a]|Review update product,nr [1,1] [9,1]")]
    public async Task The_actions_of_foreign_keys_are_captured(string action, string sql, string expected)
    {
        await database.ExecuteAsync(
            $"""
            create table reviews (product int references products {action}, nr int);
            select lastmile.track('reviews', 'Review', array['review:{"{product}"}:{"{nr}"}']);
            insert into products values (1, 'a');
            insert into reviews values (1, 1);
            """);
        await database.TakeAsync();

        await database.ExecuteAsync(sql);

        Assert.Equal(expected, string.Join('|', (await database.TakeAsync()).Order(StringComparer.Ordinal)));
    }

    [Fact]
    public async Task Writes_and_changed_values_of_other_triggers_are_captured()
    {
        await database.ExecuteAsync(
            """
            create table reviews (product int, nr int);
            select lastmile.track('reviews', 'Review', array['review:{product}:{nr}']);
            create function shout() returns trigger language plpgsql as 'begin new.slug := upper(new.slug); return new; end';
            create function review() returns trigger language plpgsql as 'begin insert into reviews values (new.id, 1); return null; end';
            create trigger shout before insert on products for each row execute function shout();
            create trigger review after insert on products for each row execute function review();
            insert into products values (1, 'a');
            drop table products;
            drop function shout(), review();
            """);

        Assert.Equal(
            "Product insert Id,Slug [1,A]|Review insert product,nr [1,1]",
            string.Join('|', (await database.TakeAsync()).Order(StringComparer.Ordinal)));
    }

    [Fact]
    public async Task A_template_may_show_a_generated_column()
    {
        await database.ExecuteAsync(
            """
            create table reviews (nr int, path text generated always as ('review-' || nr) stored);
            select lastmile.track('reviews', 'Review', array['{path}']);
            insert into reviews values (1), (2);
            update reviews set nr = 3 where nr = 1;
            """);

        Assert.Equal(["Review insert path [review-1] [review-2]", "Review update path [review-1] [review-3]"], await database.TakeAsync());
    }

    [Fact]
    public async Task Several_tables_may_be_one_entity()
    {
        await database.ExecuteAsync(
            """
            create table reviews (product_id int, stars int);
            select lastmile.track('reviews', 'Product', array['product:{Id}'], columns => '{"Id":"product_id"}');
            insert into reviews values (1, 5);
            insert into products values (2, 'b');
            """);

        Assert.Equal(["Product insert Id [1]", "Product insert Id,Slug [2,b]"], await database.TakeAsync());
    }

    [Fact]
    public async Task The_trace_and_the_actor_are_captured_with_the_change()
    {
        await database.ExecuteAsync(
            "begin; set local lastmile.traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'; "
                + "set local lastmile.actor = 'import'; insert into products values (1, 'a'); commit; "
                + "insert into products values (2, 'b')");

        Assert.Equal(
            ["00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01 import", "none"],
            await database.QueryAsync("select coalesce(traceparent || ' ' || actor, 'none') from lastmile.outbox order by id"));
    }

    [Fact]
    public async Task A_large_statement_is_split_into_outbox_rows_of_a_thousand()
    {
        await database.ExecuteAsync("insert into products select n, 's' || n from generate_series(1, 2500) n");
        await database.ExecuteAsync("update products set slug = slug || 'x'");
        await database.ExecuteAsync("delete from products");

        Assert.Equal(
            [
                "insert 1000", "insert 1000", "insert 500",
                "update 1000", "update 1000", "update 1000", "update 1000", "update 1000",
                "delete 1000", "delete 1000", "delete 500",
            ],
            await database.QueryAsync(
                "select kind || ' ' || row_count from lastmile.outbox order by xid::text::bigint, row_count desc, id"));
        Assert.Equal(
            ["5000"],
            await database.QueryAsync(
                "select count(distinct value::text) from lastmile.outbox, json_array_elements(rows) where kind = 'update'"));
    }

    [Fact]
    public async Task Changes_of_a_role_without_rights_on_the_schema_are_captured()
    {
        var (role, source) = await database.CreateRoleAsync();
        await database.ExecuteAsync($"grant select, insert, update, delete, truncate on products to {role}");

        await using var changes = source.CreateCommand(
            "insert into products values (1, 'a'); update products set slug = 'b'; delete from products; truncate products");
        await changes.ExecuteNonQueryAsync();

        Assert.Equal(
            ["Product insert Id,Slug [1,a]", "Product update Id,Slug [1,a] [1,b]", "Product delete Id,Slug [1,b]", "Product truncate "],
            await database.TakeAsync());
        await using var query = source.CreateCommand("select count(*) from lastmile.outbox");
        var refusal = await Assert.ThrowsAsync<PostgresException>(() => query.ExecuteScalarAsync());
        Assert.Equal(PostgresErrorCodes.InsufficientPrivilege, refusal.SqlState);
    }
}
