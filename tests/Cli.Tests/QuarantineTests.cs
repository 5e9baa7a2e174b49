using System.Diagnostics;
using LastMile.Events.Postgres;
using LastMile.Events.Testing;
using Npgsql;
using Xunit;

[assembly: AssemblyFixture(typeof(SharedServers))]

namespace Cli.Tests;

/// <summary><c>./lastmile quarantine</c>, as a process, on a database.</summary>
public sealed class QuarantineTests(SharedServers servers) : IAsyncLifetime
{
    private string database = null!;
    private NpgsqlDataSource source = null!;

    public async ValueTask InitializeAsync()
    {
        database = await servers.CreateDatabaseAsync();
        source = NpgsqlDataSource.Create(database);
        await OutboxSchema.InstallAsync(source, TestContext.Current.CancellationToken);
        await using var rows = source.CreateCommand(
            """
            insert into lastmile.outbox_quarantine (outbox_id, entity, kind, columns, rows, created_at, reason) values
                (11, 'Product', 'update', '{Id}', '[["7"],["8"]]', '2026-01-02 03:04:05Z', 'the template names [Colour]'),
                (12, 'Product', 'failure', '{}', '[]', now(), 'capture of products failed'),
                (13, 'Order', 'truncate', '{}', '{}', now(), 'rows is not an array');
            """);
        await rows.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
    }

    public ValueTask DisposeAsync() => source.DisposeAsync();

    [Fact]
    public async Task List_shows_each_row_with_its_reason()
    {
        var (code, told) = await RunAsync("list", "--entity", "Product");

        Assert.Equal(0, code);
        Assert.Contains("the template names [Colour]", told, StringComparison.Ordinal);
        Assert.Contains("2026-01-02 03:04:05Z", told, StringComparison.Ordinal);
        Assert.Contains("capture of products failed", told, StringComparison.Ordinal);
        Assert.DoesNotContain("Order", told, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Requeue_puts_changes_back_and_leaves_what_holds_none()
    {
        var (code, told) = await RunAsync("requeue", "--all");

        Assert.Equal((0, "2 put back into the outbox."), (code, told.Split('\n')[0].Trim()));
        Assert.Contains("1 stay", told, StringComparison.Ordinal);
        Assert.Equal("2:truncate:0 1:update:2", await ScalarAsync("select string_agg(id || ':' || kind || ':' || row_count, ' ' order by kind) from lastmile.outbox"));
        Assert.Equal("2", await ScalarAsync("select string_agg(id::text, ' ') from lastmile.outbox_quarantine"));
    }

    [Fact]
    public async Task Drop_deletes_the_rows_that_were_named()
    {
        Assert.Equal((0, "2 dropped."), await RunAsync("drop", "1", "3"));
        Assert.Equal("2", await ScalarAsync("select string_agg(id::text, ' ') from lastmile.outbox_quarantine"));
        Assert.Equal((0, "1 dropped."), await RunAsync("drop", "--entity", "Product"));
        Assert.Equal((0, "Nothing is in quarantine."), await RunAsync("list"));
    }

    [Theory]
    [InlineData("Name the rows by their ids, or say --all or --entity NAME. './lastmile quarantine list' shows what there is.", "drop")]
    [InlineData("Name the rows by their ids, or say --all or --entity NAME, not both.", "drop", "1", "--all")]
    [InlineData("There is no row 98, 99 in quarantine. Nothing was changed.", "requeue", "98", "1", "99")]
    public async Task What_is_not_clear_changes_nothing(string expected, params string[] arguments)
    {
        Assert.Equal((1, expected), await RunAsync(arguments));
        Assert.Equal("3", await ScalarAsync("select count(*)::text from lastmile.outbox_quarantine"));
    }

    [Fact]
    public async Task A_database_that_does_not_answer_is_told()
    {
        var (code, told) = await RunAsync("list", "--database", "Host=nowhere.invalid;Username=x");

        Assert.Equal(1, code);
        Assert.NotEmpty(told);
        Assert.DoesNotContain("   at ", told, StringComparison.Ordinal);
    }

    private async Task<string?> ScalarAsync(string sql)
    {
        await using var command = source.CreateCommand(sql);
        return (string?)await command.ExecuteScalarAsync(TestContext.Current.CancellationToken);
    }

    private async Task<(int Code, string Told)> RunAsync(params string[] arguments)
    {
        var own = new DirectoryInfo(AppContext.BaseDirectory);
        var cli = Path.Combine(own.Parent!.Parent!.FullName, "LastMile.Events.Cli", own.Name, "LastMile.Events.Cli.dll");
        var start = new ProcessStartInfo("dotnet", [cli, "quarantine", .. arguments]) { RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false };
        // As wide as the widest line: a table breaks those that are longer.
        start.Environment["COLUMNS"] = "200";
        if (!arguments.Contains("--database", StringComparer.Ordinal))
            start.Environment["Postgres__ConnectionString"] = database;
        using var process = Process.Start(start)!;
        var told = await Task.WhenAll(process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync();
        return (process.ExitCode, string.Concat(told).Trim());
    }
}
