using Npgsql;
using Xunit;

namespace Postgres.Tests;

public sealed class PartitionTests(InstalledDatabase installed) : IClassFixture<InstalledDatabase>, IAsyncLifetime
{
    private readonly Database database = installed.Database;

    public async ValueTask InitializeAsync()
    {
        await database.ResetAsync();
        await database.ExecuteAsync(
            """
            create table sales (id int not null, region text not null, price int) partition by list (region);
            create table sales_eu partition of sales for values in ('ams', 'fra') partition by list (region);
            create table sales_ams (price int, region text not null, id int not null);
            alter table sales_eu attach partition sales_ams for values in ('ams');
            create table sales_fra partition of sales_eu for values in ('fra');
            create table sales_us partition of sales for values in ('gru');
            select lastmile.track('sales', 'Sale', array['sale:{id}'], array['sales:{region}']);
            insert into sales values (1, 'ams', 10), (2, 'gru', 20);
            delete from lastmile.outbox;
            """);
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Theory]
    [InlineData("through the parent", "update sales set price = price + 1", "Sale update id,region [1,ams] [2,gru]")]
    [InlineData("one row through the parent", "update sales set price = 0 where id = 2", "Sale update id,region [2,gru]")]
    [InlineData("a row that moves", "update sales set region = 'gru' where id = 1", "Sale update id,region [1,ams] [1,gru]")]
    [InlineData(
        "rows that move",
        "update sales set region = case region when 'ams' then 'gru' else 'fra' end",
        "Sale update id,region [1,ams] [1,gru] [2,fra] [2,gru]")]
    [InlineData("a partition by its name", "update sales_ams set price = 0", "Sale update id,region [1,ams]")]
    [InlineData("a partition of a partition by its name", "update sales_eu set price = 0", "Sale update id,region [1,ams]")]
    [InlineData("an insert into a partition", "insert into sales_fra values (3, 'fra', 1)", "Sale insert id,region [3,fra]")]
    [InlineData("a delete from a partition", "delete from only sales_us", "Sale delete id,region [2,gru]")]
    [InlineData("a truncate of a partition", "truncate sales_us", "Sale truncate ")]
    [InlineData("an unchanged partition", "update sales_ams set price = price", "")]
    public async Task A_write_is_captured_through_the_parent_or_a_partition(string what, string sql, string expected)
    {
        await database.ExecuteAsync(sql);

        Assert.True(expected == string.Join('|', await database.TakeAsync()), what);
    }

    [Fact]
    public async Task The_audit_finds_a_partition_attached_later_and_its_remedy_captures_it()
    {
        await database.ExecuteAsync(
            "create table sales_syd (id int not null, region text not null, price int); insert into sales_syd values (7, 'syd', 1); "
                + "alter table sales attach partition sales_syd for values in ('syd')");

        Assert.Equal(
            ["public.sales_syd: it belongs to public.sales but is not captured"],
            await database.QueryAsync("select relation || ': ' || finding from lastmile.audit() where relation is not null"));
        var remedies = await database.QueryAsync("select remedy from lastmile.audit() where relation is not null");
        await database.ExecuteAsync(Assert.Single(remedies)!);
        await database.ExecuteAsync("update sales_syd set price = 2");

        Assert.Equal(["Sale update id,region [7,syd]"], await database.TakeAsync());
        Assert.Empty(await database.QueryAsync("select finding from lastmile.audit() where relation is not null"));
    }

    [Theory]
    [InlineData("through the parent", "update animals set name = name || '!'", "Animal update id [1] [2]")]
    [InlineData("the child by its name", "update dogs set name = 'Rex II'", "Animal update id [2]")]
    [InlineData("a column of the child only", "update dogs set breed = 'mutt'", "Animal update id [2]")]
    [InlineData("the parent only", "update only animals set name = name || '!'", "Animal update id [1]")]
    [InlineData("the child of a child", "insert into puppies values (3, 'Bit', 'pug', 1)", "Animal insert id [3]")]
    public async Task A_child_is_captured_with_its_parent(string what, string sql, string expected)
    {
        await database.ExecuteAsync(
            """
            create table animals (id int, name text);
            create table dogs (breed text) inherits (animals);
            create table puppies (weeks int) inherits (dogs);
            insert into animals values (1, 'Tom');
            insert into dogs values (2, 'Rex', 'pug');
            select lastmile.track('animals', 'Animal', array['animal:{id}']);
            """);

        await database.ExecuteAsync(sql);

        Assert.True(expected == string.Join('|', await database.TakeAsync()), what);
    }

    [Theory]
    [InlineData("sales_us", "lastmile.track(public.sales_us): public.sales_us (tracked with public.sales) is already captured")]
    public async Task A_partition_of_a_tracked_table_cannot_be_tracked_itself(string table, string expected)
    {
        var error = await Assert.ThrowsAsync<PostgresException>(
            () => database.ExecuteAsync($"select lastmile.track('{table}', 'Sale', array['sale:{{id}}'])"));

        Assert.Equal(expected, error.MessageText);
    }

    [Fact]
    public async Task Untracking_the_parent_removes_the_capture_of_its_partitions()
    {
        await database.ExecuteAsync("select lastmile.untrack('sales'); update sales_ams set price = 0");

        Assert.Empty(await database.TakeAsync());
        Assert.Empty(await database.QueryAsync("select tgname from pg_trigger where tgname like 'lastmile\\_%'"));
        Assert.Empty(await database.QueryAsync("select function from lastmile.capture"));
    }
}
