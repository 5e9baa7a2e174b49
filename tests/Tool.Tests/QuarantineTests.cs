using System.Diagnostics;
using LastMile.Events.Postgres;
using LastMile.Events.Testing;
using Npgsql;
using Xunit;

[assembly: AssemblyFixture(typeof(SharedServers))]

namespace Tool.Tests;

/// <summary>Runs <c>lastmile quarantine</c> as a process, on a database.</summary>
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
        var (code, output) = await RunAsync("list", "--entity", "Product");

        Assert.Equal(0, code);
        Assert.Contains("the template names [Colour]", output, StringComparison.Ordinal);
        Assert.Contains("2026-01-02 03:04:05Z", output, StringComparison.Ordinal);
        Assert.Contains("capture of products failed", output, StringComparison.Ordinal);
        Assert.DoesNotContain("Order", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Requeue_returns_changes_and_leaves_rows_without_one()
    {
        var (code, output) = await RunAsync("requeue", "--all");

        Assert.Equal((0, "2 returned to the outbox."), (code, output.Split('\n')[0].Trim()));
        Assert.Contains("1 not returned", output, StringComparison.Ordinal);
        Assert.Equal(
            "2:truncate:0 1:update:2",
            await ScalarAsync("select string_agg(id || ':' || kind || ':' || row_count, ' ' order by kind) from lastmile.outbox"));
        Assert.Equal("2", await ScalarAsync("select string_agg(id::text, ' ') from lastmile.outbox_quarantine"));
    }

    [Fact]
    public async Task Drop_deletes_the_named_rows()
    {
        Assert.Equal((0, "2 dropped."), await RunAsync("drop", "1", "3"));
        Assert.Equal("2", await ScalarAsync("select string_agg(id::text, ' ') from lastmile.outbox_quarantine"));
        Assert.Equal((0, "1 dropped."), await RunAsync("drop", "--entity", "Product"));
        Assert.Equal((0, "Nothing is in quarantine."), await RunAsync("list"));
    }

    [Theory]
    [InlineData("Give row ids, --all, or --entity NAME. 'quarantine list' shows the rows.", "drop")]
    [InlineData("Give either row ids, or --all or --entity NAME, but not both.", "drop", "1", "--all")]
    [InlineData("These ids are not in quarantine: 98, 99. Nothing was changed.", "requeue", "98", "1", "99")]
    public async Task Invalid_arguments_change_nothing(string expected, params string[] arguments)
    {
        Assert.Equal((1, expected), await RunAsync(arguments));
        Assert.Equal("3", await ScalarAsync("select count(*)::text from lastmile.outbox_quarantine"));
    }

    [Fact]
    public async Task An_unreachable_database_is_reported()
    {
        var (code, output) = await RunAsync("list", "--database", "Host=nowhere.invalid;Username=x");

        Assert.Equal(1, code);
        Assert.NotEmpty(output);
        Assert.DoesNotContain("   at ", output, StringComparison.Ordinal);
    }

    private async Task<string?> ScalarAsync(string sql)
    {
        await using var command = source.CreateCommand(sql);
        return (string?)await command.ExecuteScalarAsync(TestContext.Current.CancellationToken);
    }

    private async Task<(int Code, string Output)> RunAsync(params string[] arguments)
    {
        var own = new DirectoryInfo(AppContext.BaseDirectory);
        var tool = Path.Combine(own.Parent!.Parent!.FullName, "LastMile.Events.Tool", own.Name, "LastMile.Events.Tool.dll");
        var start = new ProcessStartInfo("dotnet", [tool, "quarantine", .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        // Wide enough for every line, because a table wraps longer ones.
        start.Environment["COLUMNS"] = "200";
        if (!arguments.Contains("--database", StringComparer.Ordinal))
            start.Environment["Postgres__ConnectionString"] = database;
        using var process = Process.Start(start)!;
        var output = await Task.WhenAll(process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync();
        return (process.ExitCode, string.Concat(output).Trim());
    }
}
