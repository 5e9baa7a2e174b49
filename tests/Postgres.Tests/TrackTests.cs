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

        await database.ExecuteAsync("select lastmile.track('products', 'Goods', array['goods:{slug}'])");
        await database.ExecuteAsync("insert into products values (1, 'a')");

        Assert.Equal(["key Goods goods:{slug}"], await database.QueryAsync(Rules));
        Assert.Equal(["Goods insert slug [a]"], await database.TakeAsync());
        Assert.Equal(["2"], await database.QueryAsync("select revision - 1 from lastmile.rule_revision"));
        Assert.Empty(await database.QueryAsync("select relation from lastmile.audit()"));
    }

    [Fact]
    public async Task Untracking_ends_capture_and_leaves_nothing()
    {
        await database.ExecuteAsync("select lastmile.track('products', 'Product', array['product:{id}'])");

        await database.ExecuteAsync("select lastmile.untrack('products'), lastmile.untrack('products'), lastmile.untrack(null)");
        await database.ExecuteAsync("insert into products values (1, 'a')");

        Assert.Empty(await database.TakeAsync());
        Assert.Empty(await database.QueryAsync(Rules));
        Assert.Empty(await database.QueryAsync("select proname::text from pg_proc where proname like 'capture\\_products%'"));
        Assert.Equal(["2"], await database.QueryAsync("select revision from lastmile.rule_revision"));
    }

    [Fact]
    public async Task A_rollback_takes_the_tracking_back()
    {
        await database.ExecuteAsync("begin; select lastmile.track('products', 'Product', array['product:{id}']); rollback");
        await database.ExecuteAsync("insert into products values (1, 'a')");

        Assert.Empty(await database.TakeAsync());
        Assert.Equal(["0"], await database.QueryAsync("select revision from lastmile.rule_revision"));
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
    [InlineData("'products', '', '{a}'", "lastmile.track(products): entity is empty")]
    [InlineData("'products', 'Product', array['product:{Id}']", "lastmile.track(products): \"Id\" named by a template or by ignore is not a column")]
    [InlineData("'products', 'Product', array['a:{nope}', 'b:{none}']", "lastmile.track(products): \"nope\", \"none\" named by a template or by ignore is not a column")]
    [InlineData("'products', 'Product', array['a:{id}'], ignore => '{view}'", "lastmile.track(products): \"view\" named by a template or by ignore is not a column")]
    [InlineData("'products', 'Product', array['a:{id}'], ignore => '{id}'", "lastmile.track(products): \"id\" is both named by a template and ignored")]
    [InlineData("'products', 'Product', array['a:{ctid}']", "lastmile.track(products): \"ctid\" named by a template or by ignore is not a column")]
    [InlineData("'products', 'Product', '{}'", "lastmile.track(products): there is neither a key nor a tag to purge")]
    [InlineData("'products', 'Product', array['a:{id', 'b:}', '', null, E'a\\tb', 'a:{}', 'a:{{id}']", "lastmile.track(products): 'a:{id', 'b:}', '', null, 'a\tb', 'a:{}', 'a:{{id}' is no template")]
    [InlineData("'names', 'Product', '{a}'", "lastmile.track(names): this is no table whose changes can be captured")]
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
}
