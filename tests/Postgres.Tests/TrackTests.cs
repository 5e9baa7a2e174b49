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
    public async Task Tracking_again_replaces_the_rules()
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
    public async Task Untracking_removes_the_capture_completely()
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
    public async Task A_rollback_undoes_tracking()
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
    public async Task Templates_without_a_placeholder_capture_one_row_without_values(string templates, string expected)
    {
        await database.ExecuteAsync($"select lastmile.track('products', 'Product', {templates})");

        await database.ExecuteAsync("insert into products values (1, 'a'), (2, 'b')");
        await database.ExecuteAsync("update products set slug = 'c'");
        await database.ExecuteAsync("delete from products");

        Assert.Equal(expected, string.Join('|', await database.TakeAsync()));
    }

    [Theory]
    [InlineData("'products', '', '{a}'", "lastmile.track(public.products): entity is empty")]
    [InlineData(
        "'products', 'Product', array['product:{Id}']",
        "lastmile.track(public.products): no such column, named in a template or in ignore: \"Id\"")]
    [InlineData(
        "'products', 'Product', array['a:{nope}', 'b:{none}']",
        "lastmile.track(public.products): no such column, named in a template or in ignore: \"nope\", \"none\"")]
    [InlineData(
        "'products', 'Product', array['a:{id}'], ignore => '{view}'",
        "lastmile.track(public.products): no such column, named in a template or in ignore: \"view\"")]
    [InlineData(
        "'products', 'Product', array['a:{id}'], ignore => '{id}'",
        "lastmile.track(public.products): \"id\" is both in a template and in ignore")]
    [InlineData(
        "'products', 'Product', array['a:{ctid}']",
        "lastmile.track(public.products): no such column, named in a template or in ignore: \"ctid\"")]
    [InlineData("'products', 'Product', '{}'", "lastmile.track(public.products): no keys or tags to purge")]
    [InlineData(
        "'products', 'Product', array['a:{id', 'b:}', '', null, E'a\\tb', 'a:{}', 'a:{{id}']",
        "lastmile.track(public.products): invalid template: 'a:{id', 'b:}', '', null, 'a\tb', 'a:{}', 'a:{{id}'")]
    [InlineData("'names', 'Product', '{a}'", "lastmile.track(public.names): this is not a table that can be captured")]
    [InlineData("'passing', 'Product', '{a}'", "lastmile.track(passing): this is not a table that can be captured")]
    [InlineData("'nowhere', 'Product', '{a}'", "relation \"nowhere\" does not exist")]
    public async Task An_error_names_the_wrong_argument(string arguments, string expected)
    {
        var error = await Assert.ThrowsAsync<PostgresException>(
            () => database.ExecuteAsync($"create temp table passing (id int); select lastmile.track({arguments})"));

        Assert.Equal(expected, error.MessageText);
    }

    [Fact]
    public async Task An_error_lists_the_columns()
    {
        var error = await Assert.ThrowsAsync<PostgresException>(
            () => database.ExecuteAsync("select lastmile.track('products', 'Product', array['a:{Id}'])"));

        Assert.Equal(
            "Columns: id, slug. If a property and its column have different names, map them: columns => '{\"Property\": \"column\"}'.",
            error.Hint);
    }

    [Fact]
    public async Task A_new_table_with_the_name_of_a_renamed_one_is_tracked_separately()
    {
        await database.ExecuteAsync("select lastmile.track('products', 'Product', array['product:{id}'])");
        await database.ExecuteAsync("alter table products rename to products_old; create table products (id int)");

        await database.ExecuteAsync("select lastmile.track('products', 'Goods', array['goods:{id}'])");
        await database.ExecuteAsync("insert into products values (1)");
        await database.ExecuteAsync("insert into products_old values (2)");

        Assert.Equal(["Goods insert id [1]", "Product insert id [2]"], await database.TakeAsync());
    }

    [Fact]
    public async Task A_user_function_does_not_shadow_the_servers_own()
    {
        // These match the arguments more exactly than pg_catalog's format, which takes any types.
        await database.ExecuteAsync(
            """
            create function format(text, name, name) returns text language plpgsql as 'begin raise exception ''run as the owner of the table''; end';
            create function format(text, name) returns text language plpgsql as 'begin raise exception ''run as the owner of the table''; end';
            create function format(text, text) returns text language plpgsql as 'begin raise exception ''run as the owner of the table''; end';
            """);

        await database.ExecuteAsync("select lastmile.track('products', 'Product', array['product:{id}'])");
        await database.ExecuteAsync(
            "select lastmile.retrack(); select * from lastmile.audit(); insert into products values (1); "
                + "select lastmile.untrack('products')");

        Assert.Equal(["Product insert id [1]"], await database.TakeAsync());
    }

    [Fact]
    public async Task Every_function_except_track_sets_its_own_search_path() =>
        Assert.Equal(
            ["track"],
            await database.QueryAsync(
                "select proname::text from pg_proc where pronamespace = 'lastmile'::regnamespace "
                    + "and not coalesce(array_to_string(proconfig, ' ') like 'search_path=pg_catalog, pg_temp%', false)"));

    [Fact]
    public async Task The_callers_search_path_resolves_the_table_of_a_join()
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
    public async Task Tracking_one_entity_in_two_schemas_raises_a_warning()
    {
        await database.ExecuteAsync(
            "create schema shop; create table shop.products (id int); "
                + "select lastmile.track('shop.products', 'Product', array['shop:product:{id}'])");
        await using var connection = await database.Source.OpenConnectionAsync(TestContext.Current.CancellationToken);
        var warnings = new List<string>();
        connection.Notice += (_, notice) => warnings.Add(notice.Notice.MessageText);
        await using var command = connection.CreateCommand();

        command.CommandText = "select lastmile.track('products', 'Product', array['product:{id}'])";
        await command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);

        Assert.Equal(["lastmile.track(public.products): the entity Product also has tables in another schema: shop.products"], warnings);
    }

    private async Task<string?> RevisionAsync() => (await database.QueryAsync("select revision from lastmile.rule_revision")).Single();
}
