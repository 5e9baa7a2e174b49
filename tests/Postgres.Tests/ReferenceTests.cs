using Npgsql;
using Xunit;

namespace Postgres.Tests;

public sealed class ReferenceTests(InstalledDatabase installed) : IClassFixture<InstalledDatabase>, IAsyncLifetime
{
    private readonly Database database = installed.Database;

    public async ValueTask InitializeAsync()
    {
        await database.ResetAsync();
        await database.ExecuteAsync(
            """
            create schema "Shop";
            create table "Shop"."Products" (id int primary key, slug text, at timestamptz default '2024-03-01 12:00Z', unique (id, slug));
            create table reviews (
                id int primary key,
                product_id int constraint reviewed references "Shop"."Products" on delete cascade on update cascade,
                stars int);
            insert into "Shop"."Products" values (1, 'shoe'), (2, 'boot'), (3, null);
            insert into reviews values (10, 1, 5), (11, 2, 4);
            """);
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Theory]
    [InlineData("one row", "update reviews set stars = 1 where id = 10", "Review update product_id.slug [shoe]")]
    [InlineData("many rows", "update reviews set stars = 1", "Review update product_id.slug [boot] [shoe]")]
    [InlineData("a changed reference", "update reviews set product_id = 2 where id = 10", "Review update product_id.slug [boot] [shoe]")]
    [InlineData("many changed references", "update reviews set product_id = 3 - product_id", "Review update product_id.slug [boot] [shoe]")]
    [InlineData("an insert", "insert into reviews values (12, 2, 3)", "Review insert product_id.slug [boot]")]
    [InlineData("many inserts", "insert into reviews values (12, 2, 3), (13, 1, 1)", "Review insert product_id.slug [boot] [shoe]")]
    [InlineData("a delete", "delete from reviews where id = 10", "Review delete product_id.slug [shoe]")]
    [InlineData("no reference", "insert into reviews values (12, null, 3)", "Review insert product_id.slug [∅]")]
    [InlineData("a null in the referenced row", "insert into reviews values (12, 3, 3)", "Review insert product_id.slug [∅]")]
    public async Task A_template_shows_a_value_of_the_referenced_row(string what, string sql, string expected)
    {
        await database.ExecuteAsync("select lastmile.track('reviews', 'Review', array['product:slug:{product_id.slug}'])");

        await database.ExecuteAsync(sql);

        Assert.True(expected == string.Join('|', await database.TakeAsync()), what);
    }

    [Theory]
    [InlineData("array['product:{product_id.slug}']")]
    [InlineData("array['product:{reviewed.slug}']")]
    [InlineData("array['product:{Products.slug}']")]
    [InlineData(
        "array['product:{Product.Slug}'], columns => '{\"Product.Slug\":\"slug\"}', "
            + "joins => '{\"Product\":{\"table\":\"\\\"Shop\\\".\\\"Products\\\"\",\"on\":{\"product_id\":\"id\"}}}'")]
    [InlineData(
        "array['product:{P.slug}:{Q.slug}'], "
            + "joins => '{\"P\":{\"table\":\"\\\"Shop\\\".\\\"Products\\\"\",\"on\":{\"product_id\":\"id\"}},"
            + "\"Q\":{\"table\":\"\\\"Shop\\\".\\\"Products\\\"\",\"on\":{\"stars\":\"id\"}}}'")]
    public async Task A_reference_is_named_by_column_constraint_table_or_join(string keys)
    {
        await database.ExecuteAsync($"select lastmile.track('reviews', 'Review', keys => {keys})");

        await database.ExecuteAsync("insert into reviews values (12, 2, 1)");

        Assert.Contains("boot", Assert.Single(await database.TakeAsync()), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_reference_by_several_columns_leads_to_one_row()
    {
        await database.ExecuteAsync(
            """
            create table offers (id int, product int, slug text, foreign key (product, slug) references "Shop"."Products" (id, slug));
            select lastmile.track('offers', 'Offer', array['offer:{Products.at}']);
            insert into offers values (1, 1, 'shoe');
            """);

        Assert.Equal(["Offer insert Products.at [2024-03-01T12:00:00.000000Z]"], await database.TakeAsync());
    }

    [Theory]
    [InlineData(
        "the other table purges a key that shows only its values",
        "'product:{product_id.slug}'",
        "delete from \"Shop\".\"Products\" where id = 1",
        "Review delete product_id.slug [∅]")]
    [InlineData(
        "a key that shows both can't be rendered after the other row is deleted",
        "'review:{product_id.slug}:{id}'",
        "delete from \"Shop\".\"Products\" where id = 1",
        "Review unresolved |Review delete product_id.slug,id [∅,10]")]
    [InlineData(
        "many rows",
        "'review:{product_id.slug}:{id}'",
        "delete from \"Shop\".\"Products\"",
        "Review delete product_id.slug,id [∅,10] [∅,11]|Review unresolved ")]
    [InlineData(
        "a changed reference",
        "'review:{product_id.slug}:{id}'",
        "update \"Shop\".\"Products\" set id = 9 where id = 1",
        "Review unresolved |Review update product_id.slug,id [shoe,10] [∅,10]")]
    [InlineData(
        "an ordinary delete",
        "'review:{product_id.slug}:{id}'",
        "delete from reviews where id = 10",
        "Review delete product_id.slug,id [shoe,10]")]
    [InlineData(
        "a reference that was null",
        "'review:{product_id.slug}:{id}'",
        "insert into reviews values (12); delete from reviews where id = 12",
        "Review insert product_id.slug,id [∅,12]|Review delete product_id.slug,id [∅,12]")]
    public async Task A_key_that_can_no_longer_be_rendered_purges_the_entitys_tag(string what, string key, string sql, string expected)
    {
        await database.ExecuteAsync($"select lastmile.track('reviews', 'Review', array[{key}])");

        await database.ExecuteAsync(sql);

        Assert.True(expected == string.Join('|', await database.TakeAsync()), what);
    }

    [Theory]
    [InlineData("a foreign key", "references goods (code)", "'good:{code.id}'")]
    [InlineData("a join", "", "'good:{Good.id}', joins => '{\"Good\":{\"table\":\"goods\",\"on\":{\"code\":\"code\"}}}'")]
    [InlineData(
        "a join from another type",
        "",
        "'good:{Good.id}', joins => '{\"Good\":{\"table\":\"goods\",\"on\":{\"plain\":\"code\"}}}'")]
    public async Task A_reference_matches_by_the_keys_own_operator(string what, string constraint, string keys)
    {
        await database.ExecuteAsync(
            $"""
            create extension if not exists citext;
            create table goods (id int primary key, code citext unique);
            create table offers (id int primary key, code citext {constraint}, plain text);
            insert into goods values (1, 'SHOE');
            select lastmile.track('offers', 'Offer', keys => array[{keys.Replace("', joins", "'], joins", StringComparison.Ordinal)}{(keys.Contains("joins", StringComparison.Ordinal) ? "" : "]")});
            insert into offers values (1, 'shoe', 'shoe');
            insert into offers values (2, 'Shoe', 'Shoe'), (3, 'sHoe', 'sHoe');
            """);

        Assert.True(
            (await database.TakeAsync()) is [var one, var many]
                && one.EndsWith(" [1]", StringComparison.Ordinal)
                && many.EndsWith(" [1]", StringComparison.Ordinal),
            what);
    }

    [Fact]
    public async Task Matching_columns_may_have_different_collations()
    {
        await database.ExecuteAsync(
            """
            create table goods (id int primary key, code text collate "C" unique);
            create table offers (id int primary key, code text collate "POSIX");
            insert into goods values (1, 'shoe');
            select lastmile.track('offers', 'Offer', array['good:{Good.id}'], joins => '{"Good":{"table":"goods","on":{"code":"code"}}}');
            insert into offers values (1, 'shoe');
            """);

        Assert.Equal(["Offer insert Good.id [1]"], await database.TakeAsync());
    }

    [Theory]
    [InlineData("insert into reviews values (12, 2, 3)", "Review unresolved |Review insert product_id.slug [∅]")]
    [InlineData("insert into reviews values (12, 2, 3), (13, 1, 1)", "Review insert product_id.slug [∅]|Review unresolved ")]
    [InlineData("update reviews set stars = 1 where id = 10", "Review unresolved |Review update product_id.slug [∅]")]
    [InlineData("update reviews set stars = 1", "Review update product_id.slug [∅]|Review unresolved ")]
    public async Task A_row_hidden_from_the_capture_is_unresolved(string sql, string expected)
    {
        var (role, _) = await database.CreateRoleAsync();
        await database.ExecuteAsync(
            $"""
            grant all on schema public, "Shop", lastmile to {role};
            grant all on all tables in schema lastmile to {role};
            grant all on reviews to {role};
            alter table reviews owner to {role};
            alter table "Shop"."Products" owner to {role};
            set role {role};
            select lastmile.track('reviews', 'Review', array['product:slug:{"{product_id.slug}"}']);
            alter table "Shop"."Products" enable row level security, force row level security;
            reset role;
            """);

        await database.ExecuteAsync(sql);

        Assert.Equal(expected, string.Join('|', await database.TakeAsync()));
    }

    [Fact]
    public async Task A_reference_to_a_table_that_row_level_security_hides_is_refused()
    {
        var (role, _) = await database.CreateRoleAsync();
        await database.ExecuteAsync(
            $"""
            grant all on schema public, "Shop", lastmile to {role};
            grant all on all tables in schema lastmile to {role};
            alter table reviews owner to {role};
            grant select on "Shop"."Products" to {role};
            alter table "Shop"."Products" enable row level security;
            """);

        var error = await Assert.ThrowsAsync<PostgresException>(() => database.ExecuteAsync(
            $"set role {role}; select lastmile.track('reviews', 'Review', array['product:slug:{"{product_id.slug}"}'])"));

        Assert.Equal(
            "lastmile.track(public.reviews): the capture can't read a table that a template refers to: "
                + $"row level security may hide rows of \"Shop\".\"Products\" from {role}",
            error.MessageText);
    }

    [Theory]
    [InlineData(
        "array['a:{nowhere.slug}']",
        "lastmile.track(public.reviews): no such column, named in a template or in ignore: \"nowhere.slug\"")]
    [InlineData(
        "array['a:{product_id.nope}']",
        "lastmile.track(public.reviews): no such column, named in a template or in ignore: \"product_id.nope\"")]
    [InlineData(
        "array['a:{id}'], ignore => '{product_id.slug}'",
        "lastmile.track(public.reviews): no such column, named in a template or in ignore: \"product_id.slug\"")]
    [InlineData(
        "array['a:{P.slug}'], joins => '{\"P\":{\"table\":\"nowhere\",\"on\":{\"stars\":\"id\"}}}'",
        "lastmile.track(public.reviews): the join \"P\" has no known table or no columns: "
            + "{\"on\": {\"stars\": \"id\"}, \"table\": \"nowhere\"}")]
    [InlineData(
        "array['a:{P.slug}'], joins => '{\"P\":{\"table\":\"\\\"Shop\\\".\\\"Products\\\"\",\"on\":{\"stars\":\"slug\"}}}'",
        "lastmile.track(public.reviews): the reference \"P\" may match several rows: \"Shop\".\"Products\"(slug) is not unique")]
    public async Task A_reference_that_does_not_lead_to_one_row_is_refused(string arguments, string expected)
    {
        var error = await Assert.ThrowsAsync<PostgresException>(
            () => database.ExecuteAsync($"select lastmile.track('reviews', 'Review', {arguments})"));

        Assert.Equal(expected, error.MessageText);
    }
}
