using LastMile.Events.Fabric;
using LastMile.Events.Tool;
using Xunit;

namespace Tool.Tests;

public sealed class FailedCommandTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("failed-command").FullName;
    private readonly StringWriter error = new() { NewLine = "\n" };

    private string TraceFile => Path.Combine(folder, "deeper", "failure.log");

    public void Dispose()
    {
        error.Dispose();
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public async Task A_failed_server_start_reports_the_server_the_reason_the_log_and_a_remedy()
    {
        var code = await RunAsync(new ServerStartException(
            "redis-ams",
            "it ended with exit code 1.",
            ["bad directive"],
            "Its command was: redis-server",
            new IOException("inner")));

        Assert.Equal(1, code);
        Assert.Equal(
            $"lastmile: redis-ams did not start: it ended with exit code 1.{Environment.NewLine}"
            + $"  | bad directive{Environment.NewLine}"
            + "Its command was: redis-server\n",
            error.ToString());
        Assert.False(File.Exists(TraceFile));
    }

    [Fact]
    public async Task Any_other_failure_prints_one_sentence_and_writes_its_trace_to_a_file()
    {
        var code = await RunAsync(new InvalidOperationException(
            "The database does not exist.", new IOException("outer", new IOException("No route to host"))));

        Assert.Equal(1, code);
        Assert.Equal(
            $"lastmile: The database does not exist. (No route to host)\nlastmile: see {TraceFile} for details\n", error.ToString());
        Assert.Contains("   at ", await File.ReadAllTextAsync(TraceFile, TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_name_of_a_parameter_is_not_shown()
    {
        await RunAsync(new ArgumentException("LASTMILE_SERVERS_MODE is 'x'.", "mode"));

        Assert.StartsWith("lastmile: LASTMILE_SERVERS_MODE is 'x'.\n", error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Ctrl_C_prints_nothing()
    {
        Assert.Equal(130, await RunAsync(new TaskCanceledException()));

        Assert.Equal("", error.ToString());
    }

    [Fact]
    public async Task A_command_that_does_not_throw_keeps_its_exit_code() =>
        Assert.Equal(7, await FailedCommand.ReportAsync(() => Task.FromResult(7), error, TraceFile, _ => false));

    private Task<int> RunAsync(Exception failure) => FailedCommand.ReportAsync(
        async () =>
        {
            await Task.Yield();
            throw failure;
        },
        error,
        TraceFile,
        thrown => thrown is ServerStartException);
}
