using Npgsql;
using Xunit;

namespace Postgres.Tests;

public sealed class AuditTests(InstalledDatabase installed) : IClassFixture<InstalledDatabase>, IAsyncLifetime
{
    private const string Findings = "select coalesce(relation || ': ', '') || finding || ' -> ' || remedy from lastmile.audit()";
    private const string Retrack = "select lastmile.retrack('public.products')";
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
    [InlineData(
        "alter table products disable trigger lastmile_update",
        "public.products: trigger lastmile_update is disabled -> alter table only public.products enable always trigger lastmile_update")]
    [InlineData(
        "alter table products enable replica trigger lastmile_delete",
        "public.products: trigger lastmile_delete fires only where session_replication_role is replica "
            + "-> alter table only public.products enable always trigger lastmile_delete")]
    [InlineData(
        "alter table products enable trigger lastmile_delete",
        "public.products: trigger lastmile_delete does not fire where session_replication_role is replica "
            + "-> alter table only public.products enable always trigger lastmile_delete")]
    [InlineData("drop trigger lastmile_insert on products", "public.products: trigger lastmile_insert is missing -> " + Retrack)]
    [InlineData(
        "create or replace trigger lastmile_update after update on products execute function suppress_redundant_updates_trigger(); "
            + "alter table products enable always trigger lastmile_update",
        "public.products: trigger lastmile_update differs from the one that track() created -> " + Retrack)]
    [InlineData(
        "do $$ begin execute (select format('create or replace function lastmile.%I() returns trigger language plpgsql as %L', "
            + "function, 'begin return null; end') from lastmile.capture where relation = 'products'::regclass); end $$",
        "public.products: function lastmile.FUNCTION differs from what track() would generate now -> " + Retrack)]
    [InlineData(
        "alter table brands rename to marques",
        "public.products: function lastmile.FUNCTION differs from what track() would generate now -> " + Retrack)]
    [InlineData(
        "create schema shop; alter table brands set schema shop",
        "public.products: function lastmile.FUNCTION differs from what track() would generate now -> " + Retrack)]
    [InlineData(
        "alter table products set unlogged",
        "public.products: the table is unlogged: a server crash empties it without firing a trigger "
            + "-> alter table public.products set logged")]
    [InlineData(
        "alter table products drop constraint products_brand_id_fkey",
        "public.products: it can no longer be captured as declared: \"brand_id.name\" matches no column "
            + "-> call lastmile.track(...) for public.products with its current columns and references, or apply its migration")]
    [InlineData(
        "create table fresh (like products); alter table products rename to former; alter table fresh rename to products",
        "public.products: public.former was tracked under this name; this is another table and is not captured "
            + "-> select lastmile.track_as(t, 'public.products') from lastmile.tracked_table t where relation = 'public.former'::regclass")]
    [InlineData(
        "alter table products alter views type bigint",
        "public.products: column views is now bigint and was integer -> " + Retrack)]
    [InlineData(
        "alter table products drop views cascade",
        "public.products: column views no longer exists "
            + "-> call lastmile.track(...) for public.products with its current columns, or apply its migration")]
    [InlineData("alter table products rename slug to path", "public.products: column slug no longer exists -> " + Retrack)]
    [InlineData(
        "alter table brands rename name to title; select lastmile.track('brands', 'Brand', array['brand:{title}'])",
        "public.products: column name of public.brands no longer exists "
            + "-> call lastmile.track(...) for public.products with its current columns, or apply its migration")]
    [InlineData(
        "select lastmile.untrack('brands')",
        "public.products: a template refers to public.brands, which is not tracked: its changes purge nothing "
            + "-> select lastmile.track('public.brands', ...) with the keys that show its values")]
    [InlineData(
        "create table gadgets () inherits (products)",
        "public.gadgets: it belongs to public.products but is not captured -> " + Retrack)]
    [InlineData(
        "create table gadgets () inherits (products); select lastmile.retrack('products'); alter table gadgets no inherit products",
        "public.gadgets: it no longer belongs to public.products but is still captured -> " + Retrack)]
    public async Task The_audit_lists_damage_with_its_remedy(string damage, params string[] expected)
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
    [InlineData("alter table products alter id type bigint")]
    [InlineData("alter table products rename slug to path")]
    [InlineData("create table gadgets () inherits (products)")]
    [InlineData(
        "create table gadgets () inherits (products); select lastmile.retrack('products'); alter table gadgets no inherit products")]
    public async Task A_remedy_in_SQL_fixes_its_finding(string damage)
    {
        await database.ExecuteAsync(damage);
        Assert.NotEmpty(await FindingsAsync());

        foreach (var remedy in await database.QueryAsync("select distinct remedy from lastmile.audit()"))
            await database.ExecuteAsync(remedy!);

        Assert.Empty(await FindingsAsync());
    }

    [Fact]
    public async Task The_audit_lists_a_role_that_may_set_session_replication_role()
    {
        var (role, _) = await database.CreateRoleAsync();
        var remedy = $"revoke set on parameter session_replication_role from {role}";

        // The grant applies to every database of the server, where other tests run the audit, so it is never committed.
        await using var connection = await database.Source.OpenConnectionAsync();
        await using var transaction = await connection.BeginTransactionAsync();
        await ExecuteAsync($"grant set on parameter session_replication_role to {role}");
        var finding = await FindAsync();
        await ExecuteAsync(remedy);

        Assert.Equal(
            $"role {role} may set session_replication_role to replica, which stops cascades of foreign keys and every trigger that is not "
                + $"ENABLE ALWAYS -> {remedy}",
            finding);
        Assert.Null(await FindAsync());

        async Task ExecuteAsync(string sql)
        {
            await using var command = new NpgsqlCommand(sql, connection);
            await command.ExecuteNonQueryAsync();
        }

        async Task<string?> FindAsync()
        {
            await using var command = new NpgsqlCommand($"{Findings} where finding like '%{role}%'", connection);
            return await command.ExecuteScalarAsync() as string;
        }
    }

    [Fact]
    public async Task Retracking_all_untracks_dropped_tables_and_repairs_the_rest()
    {
        await database.ExecuteAsync("drop table products; drop trigger lastmile_insert on brands");

        await database.ExecuteAsync("select lastmile.retrack()");

        Assert.Empty(await FindingsAsync());
        Assert.Equal(["public.brands"], await database.QueryAsync("select name from lastmile.tracked_table"));
        Assert.Equal(
            ["1"],
            await database.QueryAsync(
                "select count(*) from pg_proc where proname like 'capture\\_%' and pronamespace = 'lastmile'::regnamespace "
                    + "and prorettype = 'trigger'::regtype"));
    }

    [Fact]
    public async Task The_audit_lists_a_re_created_table_and_retracking_captures_it()
    {
        await database.ExecuteAsync(
            "drop table products; create table products (id int primary key, slug text, brand_id int references brands, views int)");

        Assert.StartsWith(
            "public.products: another table has replaced the tracked one and is not captured -> select lastmile.retrack(",
            Assert.Single(await FindingsAsync()),
            StringComparison.Ordinal);
        await database.ExecuteAsync("select lastmile.retrack()");
        await database.ExecuteAsync("insert into products (id) values (1)");

        Assert.Equal(["Product insert brand_id.name,id [∅,1]"], await database.TakeAsync());
    }

    // The state after pg_restore of a table that had dropped columns: relnatts no longer counts them, but the function is unchanged.
    [Fact]
    public async Task The_audit_lists_a_table_restored_without_its_dropped_columns()
    {
        await database.ExecuteAsync(
            """
            update lastmile.capture set shape = shape + 1 where relation = 'products'::regclass;
            do $$ begin
                execute (
                    select format('create or replace function lastmile.%I() returns trigger language plpgsql security definer set search_path = pg_catalog, pg_temp as %L', function, source)
                    from lastmile.capture, lastmile.regenerated_capture(relation)
                    where relation = 'products'::regclass);
            end $$;
            """);

        Assert.Equal(
            ["public.products: the table was re-created with fewer column numbers than the capture was generated for -> " + Retrack],
            await FindingsAsync());
        await database.ExecuteAsync(Retrack);
        Assert.Empty(await FindingsAsync());
    }

    [Theory]
    [InlineData("alter table brands owner to current_user; revoke all on brands from OWNER", "OWNER may not read public.brands")]
    [InlineData(
        "create schema shop; alter table brands owner to current_user; grant select on brands to OWNER; alter table brands set schema shop",
        "OWNER may not use the schema of shop.brands")]
    [InlineData(
        "alter table brands enable row level security, force row level security",
        "row level security may hide rows of public.brands from OWNER")]
    [InlineData("revoke insert on lastmile.outbox from OWNER", "OWNER may not insert into lastmile.outbox")]
    public async Task The_audit_lists_access_that_the_capture_lacks(string damage, string reason)
    {
        var (role, _) = await database.CreateRoleAsync();
        await database.ExecuteAsync(
            $"""
            select lastmile.untrack('products'), lastmile.untrack('brands');
            grant all on schema public, lastmile to {role};
            grant all on all tables in schema lastmile to {role};
            alter table brands owner to {role};
            alter table products owner to {role};
            set role {role};
            select lastmile.track('brands', 'Brand', array['brand:{"{name}"}']), lastmile.track('products', 'Product', array['product:{"{id}"}', 'brand:{"{brand_id.name}"}']);
            reset role;
            """);
        Assert.Empty(await FindingsAsync());

        await database.ExecuteAsync(damage.Replace("OWNER", role, StringComparison.Ordinal));

        Assert.Contains(
            await database.QueryAsync("select finding from lastmile.audit() where relation = 'public.products'"),
            finding => finding == "the capture lacks access: " + reason.Replace("OWNER", role, StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_audit_lists_failed_captures_until_the_table_is_tracked_again()
    {
        await database.ExecuteAsync(
            """
            insert into lastmile.outbox_quarantine (outbox_id, entity, relation, kind, columns, rows, created_at, reason)
            values (1, 'Product', 'public.products', 'failure', '{error}', '[["x"]]', '2099-01-02 03:04Z', 'capture failed: x')
            """);

        Assert.Equal(
            [
                "public.products: some changes were not captured, the first at 2099-01-02T03:04:00Z: capture failed: x "
                    + "-> fix the cause, purge the tag 'Product', then run: " + Retrack,
            ],
            await FindingsAsync());
        await database.ExecuteAsync($"update lastmile.outbox_quarantine set created_at = now(); {Retrack}");
        Assert.Empty(await FindingsAsync());
    }

    // Roles and their settings belong to the whole server, so a role of another test would appear here.
    private Task<List<string?>> FindingsAsync() => database.QueryAsync($"{Findings} where relation is not null");
}
