using Npgsql;
using Xunit;

namespace Postgres.Tests;

public sealed class CaptureErrorTests(InstalledDatabase installed) : IClassFixture<InstalledDatabase>, IAsyncLifetime
{
    private readonly Database database = installed.Database;

    public async ValueTask InitializeAsync()
    {
        await database.ResetAsync();
        await database.ExecuteAsync(
            """
            create table brands (id int primary key, name text);
            create table products (id int primary key, slug text, brand_id int references brands, at timestamptz, views int);
            insert into brands values (1, 'a');
            insert into products values (1, 'a', 1), (2, 'b', 1);
            """);
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    public static TheoryData<string, string> Damages() => new()
    {
        { "alter table products rename slug to path", "column n.slug does not exist" },
        { "alter table products drop slug", "column n.slug does not exist" },
        { "alter table brands rename name to title", "column t.name does not exist" },
        { "alter table products drop brand_id; drop table brands", "brands" },
        { "alter table products alter at type text", "timezone" },
    };

    [Theory]
    [MemberData(nameof(Damages))]
    public async Task A_change_that_cannot_be_captured_succeeds_and_is_recorded(string damage, string reason)
    {
        await TrackAsync(strict: false);
        await database.ExecuteAsync(damage);

        await database.ExecuteAsync("insert into products (id) values (3)");
        await database.ExecuteAsync(
            "update products set views = 1 where id = 3; update products set views = 2; delete from products where id = 3; "
                + "delete from products");

        var taken = await database.TakeAsync();
        Assert.Equal(5, taken.Count);
        Assert.All(taken, row => Assert.StartsWith("Product failure error [public.products: ", row, StringComparison.Ordinal));
        Assert.Contains(reason, taken[0], StringComparison.Ordinal);
        Assert.NotEmpty(await database.QueryAsync("select finding from lastmile.audit() where relation = 'public.products'"));
    }

    [Theory]
    [MemberData(nameof(Damages))]
    public async Task A_change_that_cannot_be_captured_fails_under_strict_capture(string damage, string reason)
    {
        await TrackAsync(strict: true);
        await database.ExecuteAsync(damage);

        var error = await Assert.ThrowsAsync<PostgresException>(() => database.ExecuteAsync("insert into products (id) values (3)"));

        Assert.Contains(reason, error.MessageText, StringComparison.Ordinal);
        Assert.Equal(["2"], await database.QueryAsync("select count(*) from products"));
        Assert.Empty(await database.TakeAsync());
    }

    [Fact]
    public async Task A_lock_timeout_in_the_capture_fails_the_statement()
    {
        await TrackAsync(strict: false);
        await using var other = await database.Source.OpenConnectionAsync();
        await using var transaction = await other.BeginTransactionAsync();
        await using (var locking = new NpgsqlCommand("lock table brands", other, transaction))
            await locking.ExecuteNonQueryAsync();

        var error = await Assert.ThrowsAsync<PostgresException>(
            () => database.ExecuteAsync("set lock_timeout = 50; update products set slug = 'x' where id = 1"));

        Assert.Equal(PostgresErrorCodes.LockNotAvailable, error.SqlState);
        Assert.Equal(["a"], await database.QueryAsync("select slug from products where id = 1"));
    }

    [Fact]
    public async Task A_column_added_later_is_captured_although_others_are_ignored()
    {
        await TrackAsync(strict: false);
        await database.ExecuteAsync("alter table products add price int");

        await database.ExecuteAsync("update products set price = 1 where id = 1; update products set price = 2");

        Assert.Equal(
            ["Product update slug,brand_id.name,at [a,a,∅]", "Product update slug,brand_id.name,at [a,a,∅] [b,a,∅]"],
            await database.TakeAsync());
    }

    [Fact]
    public async Task Single_row_statements_do_not_write_in_subtransactions()
    {
        await TrackAsync(strict: false);

        await database.ExecuteAsync(
            """
            do $$ begin for i in 1..100 loop update products set slug = i::text where id = 1; end loop; end $$
            """);

        Assert.Equal(["1 100"], await database.QueryAsync("select count(distinct xmin::text) || ' ' || count(*) from lastmile.outbox"));
    }

    [Fact]
    public async Task A_session_with_the_replica_role_is_captured()
    {
        await TrackAsync(strict: false);

        await database.ExecuteAsync(
            "begin; set local session_replication_role = replica; update products set slug = 'x' where id = 1; commit");

        Assert.Equal(["Product update slug,brand_id.name,at [a,a,∅] [x,a,∅]"], await database.TakeAsync());
    }

    private async Task TrackAsync(bool strict) => await database.ExecuteAsync(
        $$"""
        select lastmile.track('products', 'Product', array['product:{slug}', 'brand:{brand_id.name}', 'day:{at}'], ignore => '{views}', strict => {{strict}});
        delete from lastmile.outbox;
        """);
}
