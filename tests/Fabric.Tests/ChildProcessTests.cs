using System.Diagnostics;
using System.Globalization;
using LastMile.Events.Fabric;
using LastMile.Events.Testing;
using Xunit;

namespace Fabric.Tests;

public sealed class ChildProcessTests : IDisposable
{
    private const int Killed = 128 + 9;
    private const int Terminated = 128 + 15;
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(20);

    private readonly RunFolder folder = RunFolder.Create();

    [Fact]
    public async Task A_canceled_start_leaves_no_process_behind()
    {
        var script = $"sleep 60; : {folder.Path}";

        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => ChildProcess.StartAsync(Shell(script), new CancellationToken(canceled: true)));

        // The supervisor and the command have ended. A subshell of the supervisor may run a little longer.
        Assert.True(File.Exists(LogFile));
        Assert.DoesNotContain(
            Directory.EnumerateDirectories("/proc").Select(CommandLine),
            line => line.Contains(script, StringComparison.Ordinal) && !line.Contains("supervise.sh", StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_exit_code_is_that_of_the_command()
    {
        await using var child = await ChildProcess.StartAsync(Shell("exit 7"));

        Assert.Equal(7, await child.Exited.WaitAsync(Deadline));
    }

    [Fact]
    public async Task Standard_output_and_error_go_to_the_log_file()
    {
        await using var child = await ChildProcess.StartAsync(Shell("echo out; echo error >&2"));

        await child.Exited.WaitAsync(Deadline);

        Assert.Equal(["out", "error"], child.LastLogLines());
    }

    [Fact]
    public async Task The_command_receives_its_environment_and_arguments_unchanged()
    {
        var command = new ChildCommand("child", "sh", ["-c", "echo \"$GREETING|$1\"", "sh", "a 'b' $c"], LogFile)
        {
            Environment = new Dictionary<string, string?>(StringComparer.Ordinal) { ["GREETING"] = "hello  world" },
        };

        await using var child = await ChildProcess.StartAsync(command);
        await child.Exited.WaitAsync(Deadline);

        Assert.Equal(["hello  world|a 'b' $c"], child.LastLogLines());
    }

    [Fact]
    public async Task A_stop_sends_the_stop_signal()
    {
        await using var child = await ChildProcess.StartAsync(
            Shell("trap 'exit 3' USR1; echo ready; while :; do sleep 0.02; done") with { StopSignal = "USR1" });
        await Eventually.Async(() => child.LastLogLines() is ["ready"]);

        var code = await child.StopAsync().WaitAsync(Deadline);

        Assert.Equal(3, code);
    }

    [Fact]
    public async Task A_command_that_ignores_the_stop_signal_is_killed_after_the_grace_period()
    {
        await using var child = await ChildProcess.StartAsync(
            Shell("trap '' TERM; echo ready; while :; do sleep 0.02; done") with { StopGrace = TimeSpan.FromSeconds(1) });
        await Eventually.Async(() => child.LastLogLines() is ["ready"]);

        var code = await child.StopAsync().WaitAsync(Deadline);

        Assert.Equal(Killed, code);
    }

    [Fact]
    public async Task A_frozen_command_can_be_stopped()
    {
        await using var child = await ChildProcess.StartAsync(Shell("exec sleep 60"));
        await child.SignalAsync("STOP");
        await Eventually.Async(() => State(child.Id) == 'T');

        var code = await child.StopAsync().WaitAsync(Deadline);

        Assert.Equal(Terminated, code);
    }

    [Fact]
    public async Task Processes_that_a_command_leaves_behind_end_with_it()
    {
        await using var child = await ChildProcess.StartAsync(Shell("sleep 60 & echo $!"));

        await child.Exited.WaitAsync(Deadline);

        var left = int.Parse(child.LastLogLines()[0], CultureInfo.InvariantCulture);
        await Eventually.Async(() => !Lives(left));
    }

    [Fact]
    public async Task Children_end_when_their_parent_is_killed()
    {
        using var parent = Process.Start(new ProcessStartInfo("dotnet", [BesideTests("Fabric.Parent.dll"), folder.Path])
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
        })!;
        var first = int.Parse((await parent.StandardOutput.ReadLineAsync())!, CultureInfo.InvariantCulture);
        var second = int.Parse((await parent.StandardOutput.ReadLineAsync())!, CultureInfo.InvariantCulture);
        Assert.True(Lives(first) && Lives(second));

        parent.Kill(); // SIGKILL, to the parent alone

        await Eventually.Async(() => !Lives(first) && !Lives(second));
    }

    public void Dispose() => folder.Dispose();

    private string LogFile => Path.Combine(folder.Path, "log");

    private ChildCommand Shell(string script) => new("child", "sh", ["-c", script], LogFile);

    // The argument is a process's folder in /proc.
    private static string CommandLine(string process)
    {
        try
        {
            return File.ReadAllText(Path.Combine(process, "cmdline"));
        }
        catch (IOException)
        {
            return "";
        }
    }

    private static string BesideTests(string file) => Path.Combine(AppContext.BaseDirectory, file);

    /// <summary>Whether a process runs. A zombie, which has ended but was not waited for, does not.</summary>
    private static bool Lives(int processId) => State(processId) is not (null or 'Z');

    /// <summary>Returns the state letter after the name, as in <c>12 (sleep) S ...</c>; null if the process does not exist.</summary>
    private static char? State(int processId)
    {
        try
        {
            var stat = File.ReadAllText($"/proc/{processId}/stat");
            return stat[stat.LastIndexOf(')') + 2];
        }
        catch (IOException)
        {
            return null;
        }
    }
}
