using LastMile.Events.Testing;
using Microsoft.EntityFrameworkCore;
using Xunit;

namespace EntityFrameworkCore.Tests;

/// <summary>Unedited migrations from <c>dotnet ef migrations add</c> on a real server.</summary>
public sealed class MigrationTests(ShopDatabase database, SharedServers servers) : IClassFixture<ShopDatabase>
{
    // Prevents conflicts of the next write with the rows of the previous one.
    private const string EmptyTables =
        """
        do $$ declare name text; begin
            for name in select format('%I.%I', schemaname, tablename) from pg_tables
                        where schemaname not in ('lastmile', 'pg_catalog', 'information_schema') and tablename <> '__EFMigrationsHistory' loop
                execute 'truncate ' || name || ' cascade';
            end loop;
        end $$
        """;

    public static TheoryData<string> Changes => [.. Change.All.Keys];

    [Theory]
    [MemberData(nameof(Changes))]
    public async Task Migrations_update_and_revert_the_capture_with_the_model(string change)
    {
        var (before, after) = Change.All[change];
        var connectionString = await database.ResetAsync();
        await using var outbox = new Outbox(connectionString);
        var history = new History(connectionString);

        history.Add(before.Model);
        await history.UpAsync();
        await AssertCapturedAsync(outbox, before);
        history.Add(after.Model);
        await history.UpAsync();
        await AssertCapturedAsync(outbox, after);
        await history.DownToAsync(1);
        await AssertCapturedAsync(outbox, before);
        await history.UpAsync();
        await AssertCapturedAsync(outbox, after);
        await history.DownToAsync(0);

        Assert.Empty(await outbox.TrackedAsync());
    }

    [Fact]
    public async Task An_idempotent_script_of_all_changes_runs_twice()
    {
        var empty = await servers.CreateDatabaseAsync();
        await using var outbox = new Outbox(empty);
        var history = new History(empty);
        var (review, renamed) = Change.All["a joined table is renamed"];
        var (_, dogs) = Change.All["a base type's column is renamed"];
        history.Add(review.Model + dogs.Model);
        history.Add(renamed.Model + dogs.Model);
        var script = history.IdempotentScript();

        await outbox.ExecuteAsync(script);
        await outbox.ExecuteAsync(script);

        Assert.Equal(dogs.Tracked.Concat(renamed.Tracked).Order(StringComparer.Ordinal), await outbox.TrackedAsync());
        Assert.Equal(renamed.Captured, await WriteAsync(outbox, renamed));
        Assert.Empty(await outbox.AuditAsync());
    }

    [Fact]
    public async Task A_migration_installs_the_schema_in_an_empty_database()
    {
        var empty = await servers.CreateDatabaseAsync();
        await using var outbox = new Outbox(empty);
        var history = new History(empty);
        var step = Change.All["a joined table is renamed"].Before;
        history.Add(step.Model);

        await history.UpAsync();

        await AssertCapturedAsync(outbox, step);
    }

    [Fact]
    public void An_unchanged_model_gives_an_empty_migration()
    {
        var history = new History("Host=nowhere");
        Action<ModelBuilder> model = Orders.Customers + Zoo.ATablePerType + Change.All["an owned type gets a rule"].After.Model
            + Change.All["a joined column is renamed"].Before.Model + Change.All["a base type's column is renamed"].Before.Model;
        history.Add(model);

        var next = history.Add(model + (_ => { }));

        Assert.DoesNotContain("migrationBuilder.", next, StringComparison.Ordinal);
    }

    private static async Task AssertCapturedAsync(Outbox outbox, Step step)
    {
        var captured = await WriteAsync(outbox, step);
        if (step.Tracked.Length == 0)
        {
            Assert.Empty(captured);
            return;
        }

        Assert.Equal(step.Tracked, await outbox.TrackedAsync());
        Assert.Equal(step.Captured, captured);
        Assert.Empty(await outbox.AuditAsync());
    }

    private static async Task<List<string>> WriteAsync(Outbox outbox, Step step)
    {
        await outbox.ExecuteAsync(EmptyTables);
        var installed = await outbox.TextsAsync("select 'x' where to_regclass('lastmile.outbox') is not null") is [_];
        if (installed)
            await outbox.TakeAsync();

        await outbox.ExecuteAsync(step.Write);
        return installed ? await outbox.TakeAsync() : [];
    }
}
