using Xunit;

namespace Postgres.Tests;

public sealed class AuditTests(InstalledDatabase installed) : IClassFixture<InstalledDatabase>, IAsyncLifetime
{
    private const string Findings = "select coalesce(relation || ': ', '') || finding || ' -> ' || remedy from lastmile.audit()";
    private const string Retrack = "select lastmile.retrack('products')";
    private readonly Database database = installed.Database;

    public async ValueTask InitializeAsync()
    {
        await database.ResetAsync();
        await database.ExecuteAsync(
            """
            create table brands (id int primary key, name text);
            create table products (id int primary key, slug text, brand_id int references brands, views int);
            select lastmile.track('brands', 'Brand', array['brand:{name}']);
            select lastmile.track('products', 'Product', array['product:{id}', 'brand:{brand_id.name}'], ignore => '{views}');
            """);
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Theory]
    [InlineData("select 1")]
    [InlineData("alter table products add price int")]
    [InlineData("alter table products disable trigger lastmile_update", "products: trigger lastmile_update is disabled -> alter table only products enable always trigger lastmile_update")]
    [InlineData("alter table products enable replica trigger lastmile_delete", "products: trigger lastmile_delete fires only where session_replication_role is replica -> alter table only products enable always trigger lastmile_delete")]
    [InlineData("alter table products enable trigger lastmile_delete", "products: trigger lastmile_delete does not fire where session_replication_role is replica -> alter table only products enable always trigger lastmile_delete")]
    [InlineData("drop trigger lastmile_insert on products", "products: trigger lastmile_insert is missing -> " + Retrack)]
    [InlineData("create or replace trigger lastmile_update after update on products execute function suppress_redundant_updates_trigger(); alter table products enable always trigger lastmile_update", "products: trigger lastmile_update is not as track() made it -> " + Retrack)]
    [InlineData("do $$ begin execute (select format('create or replace function lastmile.%I() returns trigger language plpgsql as %L', function, 'begin return null; end') from lastmile.capture where relation = 'products'::regclass); end $$", "products: function lastmile.FUNCTION is not as track() made it -> " + Retrack)]
    [InlineData("update lastmile.capture set version = 0 where relation = 'products'::regclass", "products: function lastmile.FUNCTION is of version 0, and 1 is current -> " + Retrack)]
    [InlineData("alter table products alter views type bigint", "products: column views is bigint now and was integer -> " + Retrack)]
    [InlineData("alter table products drop views cascade", "products: column views is gone -> call lastmile.track(…) for products with the columns that it has now, or apply its migration")]
    [InlineData("alter table products rename slug to path", "products: column slug is gone -> " + Retrack)]
    [InlineData("alter table brands rename name to title; select lastmile.track('brands', 'Brand', array['brand:{title}'])", "products: column name of brands is gone -> call lastmile.track(…) for products with the columns that it has now, or apply its migration")]
    [InlineData("select lastmile.untrack('brands')", "products: a template refers to brands, which is not tracked: its changes purge nothing -> select lastmile.track('brands', …) with the keys that show its values")]
    [InlineData("create table gadgets () inherits (products)", "gadgets: it belongs to products and is not captured -> " + Retrack)]
    [InlineData("create table gadgets () inherits (products); select lastmile.retrack('products'); alter table gadgets no inherit products", "gadgets: it belongs to products no more and is still captured -> " + Retrack)]
    public async Task What_is_not_as_declared_is_listed_with_its_remedy(string damage, params string[] expected)
    {
        var function = (await database.QueryAsync("select function from lastmile.capture where relation = 'products'::regclass")).Single()!;

        await database.ExecuteAsync(damage);

        Assert.Equal(
            string.Join('|', expected),
            string.Join('|', await FindingsAsync()).Replace(function, "FUNCTION", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("drop table products")]
    [InlineData("alter table products disable trigger lastmile_update")]
    [InlineData("alter table products enable trigger lastmile_update")]
    [InlineData("drop trigger lastmile_insert on products")]
    [InlineData("update lastmile.capture set version = 0")]
    [InlineData("alter table products alter id type bigint")]
    [InlineData("alter table products rename slug to path")]
    [InlineData("create table gadgets () inherits (products)")]
    [InlineData("create table gadgets () inherits (products); select lastmile.retrack('products'); alter table gadgets no inherit products")]
    public async Task A_remedy_that_is_sql_remedies(string damage)
    {
        await database.ExecuteAsync(damage);
        Assert.NotEmpty(await FindingsAsync());

        foreach (var remedy in await database.QueryAsync("select distinct remedy from lastmile.audit()"))
            await database.ExecuteAsync(remedy!);

        Assert.Empty(await FindingsAsync());
    }

    [Fact]
    public async Task A_role_that_may_set_session_replication_role_is_listed()
    {
        var (role, _) = await database.CreateRoleAsync();
        var remedy = $"revoke set on parameter session_replication_role from {role}";

        await database.ExecuteAsync($"grant set on parameter session_replication_role to {role}");
        var finding = Assert.Single(await database.QueryAsync($"{Findings} where finding like '%{role}%'"));
        await database.ExecuteAsync(remedy);

        Assert.Equal($"role {role} may set session_replication_role, under which foreign keys do not cascade, and no trigger fires that is not ENABLE ALWAYS -> {remedy}", finding);
        Assert.Empty(await database.QueryAsync($"{Findings} where finding like '%{role}%'"));
    }

    [Fact]
    public async Task Retracking_all_forgets_what_is_gone_and_renews_the_rest()
    {
        await database.ExecuteAsync("drop table products; update lastmile.capture set version = 0");

        await database.ExecuteAsync("select lastmile.retrack()");

        Assert.Empty(await FindingsAsync());
        Assert.Equal(["brands"], await database.QueryAsync("select relation::text from lastmile.tracked_table"));
        Assert.Equal(["1"], await database.QueryAsync("select count(*) from pg_proc where proname like 'capture\\_%' and pronamespace = 'lastmile'::regnamespace and prorettype = 'trigger'::regtype"));
    }

    // Roles and what they may set are of the whole server: one of another test would show here.
    private Task<List<string?>> FindingsAsync() => database.QueryAsync($"{Findings} where relation is not null");
}
