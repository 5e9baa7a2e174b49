using Npgsql;
using Xunit;

namespace Postgres.Tests;

public sealed class TrackTests(InstalledDatabase installed) : IClassFixture<InstalledDatabase>, IAsyncLifetime
{
    private const string Rules = "select kind || ' ' || entity || ' ' || template from lastmile.purge_rule order by 1";
    private readonly Database database = installed.Database;

    public async ValueTask InitializeAsync()
    {
        await database.ResetAsync();
        await database.ExecuteAsync("create table products (id int, slug text); create view names as select slug from products");
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Fact]
    public async Task Tracking_again_replaces_what_was_declared()
    {
        await database.ExecuteAsync("select lastmile.track('products', 'Product', array['product:{id}'], '{all}', '{slug}')");

        var revision = await RevisionAsync();
        await database.ExecuteAsync("select lastmile.track('products', 'Goods', array['goods:{slug}'])");
        await database.ExecuteAsync("insert into products values (1, 'a')");

        Assert.Equal(["key Goods goods:{slug}"], await database.QueryAsync(Rules));
        Assert.Equal(["Goods insert slug [a]"], await database.TakeAsync());
        Assert.NotEqual(revision, await RevisionAsync());
        Assert.Empty(await database.QueryAsync("select relation from lastmile.audit()"));
    }

    [Fact]
    public async Task Untracking_ends_capture_and_leaves_nothing()
    {
        await database.ExecuteAsync("select lastmile.track('products', 'Product', array['product:{id}'])");

        var revision = await RevisionAsync();
        await database.ExecuteAsync("select lastmile.untrack('products'), lastmile.untrack('products'), lastmile.untrack(null)");
        await database.ExecuteAsync("insert into products values (1, 'a')");

        Assert.Empty(await database.TakeAsync());
        Assert.Empty(await database.QueryAsync(Rules));
        Assert.Empty(await database.QueryAsync("select proname::text from pg_proc where proname like 'capture\\_products%'"));
        Assert.NotEqual(revision, await RevisionAsync());
    }

    [Fact]
    public async Task A_rollback_takes_the_tracking_back()
    {
        var revision = await RevisionAsync();
        await database.ExecuteAsync("begin; select lastmile.track('products', 'Product', array['product:{id}']); rollback");
        await database.ExecuteAsync("insert into products values (1, 'a')");

        Assert.Empty(await database.TakeAsync());
        Assert.Equal(revision, await RevisionAsync());
    }

    [Theory]
    [InlineData("'{products:all}'", "Product insert  []|Product update  []|Product delete  []")]
    [InlineData("'{}', '{catalogue}'", "Product insert  []|Product update  []|Product delete  []")]
    [InlineData("array['{{id}}:{{slug}}']", "Product insert  []|Product update  []|Product delete  []")]
    public async Task Templates_without_a_placeholder_give_one_row_of_no_values(string templates, string expected)
    {
        await database.ExecuteAsync($"select lastmile.track('products', 'Product', {templates})");

        await database.ExecuteAsync("insert into products values (1, 'a'), (2, 'b')");
        await database.ExecuteAsync("update products set slug = 'c'");
        await database.ExecuteAsync("delete from products");

        Assert.Equal(expected, string.Join('|', await database.TakeAsync()));
    }

    [Theory]
    [InlineData("'products', '', '{a}'", "lastmile.track(public.products): entity is empty")]
    [InlineData("'products', 'Product', array['product:{Id}']", "lastmile.track(public.products): \"Id\" named by a template or by ignore is not a column")]
    [InlineData("'products', 'Product', array['a:{nope}', 'b:{none}']", "lastmile.track(public.products): \"nope\", \"none\" named by a template or by ignore is not a column")]
    [InlineData("'products', 'Product', array['a:{id}'], ignore => '{view}'", "lastmile.track(public.products): \"view\" named by a template or by ignore is not a column")]
    [InlineData("'products', 'Product', array['a:{id}'], ignore => '{id}'", "lastmile.track(public.products): \"id\" is both named by a template and ignored")]
    [InlineData("'products', 'Product', array['a:{ctid}']", "lastmile.track(public.products): \"ctid\" named by a template or by ignore is not a column")]
    [InlineData("'products', 'Product', '{}'", "lastmile.track(public.products): there is neither a key nor a tag to purge")]
    [InlineData("'products', 'Product', array['a:{id', 'b:}', '', null, E'a\\tb', 'a:{}', 'a:{{id}']", "lastmile.track(public.products): 'a:{id', 'b:}', '', null, 'a\tb', 'a:{}', 'a:{{id}' is no template")]
    [InlineData("'names', 'Product', '{a}'", "lastmile.track(public.names): this is no table whose changes can be captured")]
    [InlineData("'passing', 'Product', '{a}'", "lastmile.track(passing): this is no table whose changes can be captured")]
    [InlineData("'nowhere', 'Product', '{a}'", "relation \"nowhere\" does not exist")]
    public async Task An_error_names_what_is_wrong(string arguments, string expected)
    {
        var error = await Assert.ThrowsAsync<PostgresException>(() => database.ExecuteAsync($"create temp table passing (id int); select lastmile.track({arguments})"));

        Assert.Equal(expected, error.MessageText);
    }

    [Fact]
    public async Task An_error_lists_the_columns()
    {
        var error = await Assert.ThrowsAsync<PostgresException>(() => database.ExecuteAsync("select lastmile.track('products', 'Product', array['a:{Id}'])"));

        Assert.Equal("Columns: id, slug. Where a property and its column differ, say so: columns => '{\"Property\": \"column\"}'.", error.Hint);
    }

    [Fact]
    public async Task A_table_that_takes_over_a_name_is_tracked_beside_the_renamed_one()
    {
        await database.ExecuteAsync("select lastmile.track('products', 'Product', array['product:{id}'])");
        await database.ExecuteAsync("alter table products rename to products_old; create table products (id int)");

        await database.ExecuteAsync("select lastmile.track('products', 'Goods', array['goods:{id}'])");
        await database.ExecuteAsync("insert into products values (1)");
        await database.ExecuteAsync("insert into products_old values (2)");

        Assert.Equal(["Goods insert id [1]", "Product insert id [2]"], await database.TakeAsync());
    }

    [Fact]
    public async Task A_function_that_somebody_else_made_is_not_run_in_place_of_the_servers()
    {
        // Closer to the arguments than pg_catalog's own, which takes any.
        await database.ExecuteAsync(
            """
            create function format(text, name, name) returns text language plpgsql as 'begin raise exception ''run as the owner of the table''; end';
            create function format(text, name) returns text language plpgsql as 'begin raise exception ''run as the owner of the table''; end';
            create function format(text, text) returns text language plpgsql as 'begin raise exception ''run as the owner of the table''; end';
            """);

        await database.ExecuteAsync("select lastmile.track('products', 'Product', array['product:{id}'])");
        await database.ExecuteAsync("select lastmile.retrack(); select * from lastmile.audit(); insert into products values (1); select lastmile.untrack('products')");

        Assert.Equal(["Product insert id [1]"], await database.TakeAsync());
    }

    [Fact]
    public async Task Every_function_has_a_search_path_of_its_own_but_the_one_that_needs_the_callers() =>
        Assert.Equal(
            ["track"],
            await database.QueryAsync("select proname::text from pg_proc where pronamespace = 'lastmile'::regnamespace and not coalesce(array_to_string(proconfig, ' ') like 'search_path=pg_catalog, pg_temp%', false)"));

    [Fact]
    public async Task The_table_of_a_join_is_looked_for_as_its_caller_would()
    {
        await database.ExecuteAsync(
            """
            create schema tenant;
            create table tenant.brands (id int primary key, name text);
            create table tenant.things (id int primary key, brand int);
            create table brands (id int primary key, name text);
            insert into tenant.brands values (1, 'of the tenant');
            insert into brands values (1, 'of another');
            set search_path = tenant, public;
            select lastmile.track('things', 'Thing', array['thing:{Brand.name}'], joins => '{"Brand":{"table":"brands","on":{"brand":"id"}}}');
            reset search_path;
            select lastmile.retrack('tenant.things');
            insert into tenant.things values (1, 1);
            """);

        Assert.Equal(["Thing insert Brand.name [of the tenant]"], await database.TakeAsync());
    }

    [Fact]
    public async Task One_entity_of_two_schemas_is_warned_of()
    {
        await database.ExecuteAsync("create schema shop; create table shop.products (id int); select lastmile.track('shop.products', 'Product', array['shop:product:{id}'])");
        await using var connection = await database.Source.OpenConnectionAsync(TestContext.Current.CancellationToken);
        var warnings = new List<string>();
        connection.Notice += (_, notice) => warnings.Add(notice.Notice.MessageText);
        await using var command = connection.CreateCommand();

        command.CommandText = "select lastmile.track('products', 'Product', array['product:{id}'])";
        await command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);

        Assert.Equal(["lastmile.track(public.products): Product is the entity of a table of another schema too: shop.products"], warnings);
    }

    private async Task<string?> RevisionAsync() => (await database.QueryAsync("select revision from lastmile.rule_revision")).Single();
}
