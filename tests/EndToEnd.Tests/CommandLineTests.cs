using System.Diagnostics;
using System.Text.Json;
using System.Text.RegularExpressions;
using LastMile.Events.Fabric;
using LastMile.Events.Testing;
using LastMile.Events.Testing.Pages;
using Xunit;

namespace LastMile.Events.EndToEnd.Tests;

public sealed class CommandLineTests
{
    private static readonly string FabricJson = Path.Combine(RunFolder.RepositoryFolder(), ".lastmile", "fabric.json");

    [Fact]
    public async Task The_demo_passes_and_reports_one_alert_and_one_recovery_of_the_cut_region()
    {
        var file = Path.GetTempFileName();
        using var demo = Start("demo", "--changes", "200", "--report", file);
        var output = await demo.StandardOutput.ReadToEndAsync();
        await demo.WaitForExitAsync();

        Assert.True(demo.ExitCode == 0, output);
        using var report = JsonDocument.Parse(await File.ReadAllTextAsync(file));
        var root = report.RootElement;
        Assert.True(root.GetProperty("passed").GetBoolean());
        Assert.Equal(200, root.GetProperty("changes").GetInt32());
        Assert.Equal(0, root.GetProperty("staleKeys").GetInt32());
        Assert.All(root.GetProperty("regions").EnumerateArray(), region => Assert.Equal(200, region.GetProperty("purged").GetInt32()));
        var episode = root.GetProperty("cutEpisode").GetGuid();
        string[] alerts = [.. root.GetProperty("alerts").EnumerateArray().Where(alert => alert.GetProperty("episode").GetGuid() == episode)
            .Select(alert => $"{alert.GetProperty("region")} {alert.GetProperty("kind")}")];
        Assert.Equal((string[])["syd detected", "syd recovered"], alerts);
        File.Delete(file);
    }

    [Fact]
    public async Task Down_stops_up_and_leaves_no_process_behind()
    {
        using var up = Start("up", "--regions", "1");
        var started = await StartedAsync(up);

        await EndedByDownAsync(up, started);
    }

    [Fact]
    public async Task The_documented_commands_start_services_for_a_debugger_beside_those_of_up()
    {
        Assert.SkipUnless(File.Exists("/usr/bin/jq") && File.Exists("/usr/bin/curl"), "jq or curl is not installed.");
        // Runs the built service instead of building it again. The shell stays the parent, so that it can end the service.
        const string Dotnet =
            """
            dotnet() {
                while [ "$1" != -- ]; do case $1 in services/*) service=LastMile.Events.${1#services/} ;; esac; shift; done; shift
                exec dotnet "artifacts/bin/$service/$CONFIGURATION/$service.dll" "$@"
            }

            """;
        const string WaitUntilReady =
            """
             & service=$!
            curl --fail --silent --retry 60 --retry-delay 1 --retry-all-errors --output /dev/null "$URL/health/ready"
            kill $service
            wait $service
            """;
        using var up = Start("up", "--regions", "1");
        var started = await StartedAsync(up);
        var blocks = BlockUse.BlocksFor<CommandLineTests>();
        Assert.Equal(3, blocks.Count);

        foreach (var service in blocks.Skip(1))
        {
            var documented = Regex.Match(service.Text, "http://\\S+", RegexOptions.NonBacktracking).Value;
            var url = $"http://127.0.0.1:{FreePort.Next()}";
            var (code, output, error) = await DocumentedShell.RunAsync(
                Dotnet + blocks[0].Text + service.Text.TrimEnd().Replace(documented, url, StringComparison.Ordinal) + WaitUntilReady,
                ("URL", url), ("CONFIGURATION", new DirectoryInfo(AppContext.BaseDirectory).Name));
            Assert.True(code == 0, $"{service}: {output}{error}");
        }

        await EndedByDownAsync(up, started);
    }

    [Fact]
    public async Task A_failed_command_prints_a_sentence_and_no_stack_trace()
    {
        using var up = Start([new("LASTMILE_SERVERS_MODE", "nowhere"), new("LASTMILE_TEST_SERVERS", "")], "up", "--regions", "1");
        var (output, error) = (up.StandardOutput.ReadToEndAsync(), up.StandardError.ReadToEndAsync());
        await up.WaitForExitAsync();

        Assert.Equal(1, up.ExitCode);
        Assert.StartsWith(
            "lastmile: LASTMILE_SERVERS_MODE is 'nowhere'. Set it to 'local' or 'docker', or unset it to choose automatically.\n",
            await error,
            StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", await output + await error, StringComparison.Ordinal);
        Assert.False(File.Exists(FabricJson));
    }

    [Fact]
    public async Task An_engine_without_a_registry_is_reported_with_the_missing_image()
    {
        await using var engine = new FakeEngine();

        var (code, output, error) = await RunAsync(engine.Host, "up", "--regions", "1");

        Assert.Equal(1, code);
        var lines = error.TrimEnd().Split('\n');
        Assert.StartsWith(
            "lastmile: the reaper of containers did not start: the engine has no image testcontainers/ryuk:",
            lines[0],
            StringComparison.Ordinal);
        Assert.Contains("lookup registry.invalid: no such host", lines[0], StringComparison.Ordinal);
        Assert.Equal(2, lines.Length);
        // The log of Testcontainers is not printed.
        Assert.DoesNotContain("testcontainers", output, StringComparison.OrdinalIgnoreCase);
    }

    [Theory]
    [InlineData("up", "--regions", "1")]
    [InlineData("test", "--docker")]
    public async Task A_missing_engine_is_reported_in_two_lines(params string[] arguments)
    {
        var (code, _, error) = await RunAsync("unix:///nowhere/docker.sock", arguments);

        Assert.Equal(1, code);
        Assert.StartsWith(
            "lastmile: Docker did not start: no engine answers at unix:///nowhere/docker.sock (", error, StringComparison.Ordinal);
        Assert.Equal(2, error.TrimEnd().Split('\n').Length);
    }

    [Long]
    [Fact]
    public async Task A_killed_up_leaves_no_process_behind_and_the_next_one_works()
    {
        using (var killed = Start("up", "--regions", "1"))
        {
            var started = await StartedAsync(killed);
            await SignalAsync(killed, "KILL");
            await EndedAsync(killed, started);
        }

        // A killed process cannot clean up. Delete its file, so that StartedAsync waits for the next one's.
        File.Delete(FabricJson);
        using var up = Start("up", "--regions", "1");
        await EndedByDownAsync(up, await StartedAsync(up));
    }

    [Fact]
    public async Task Ctrl_C_while_up_starts_leaves_no_process_behind()
    {
        using var up = Start("up", "--regions", "1");
        var started = await Eventually.Async(() => Task.FromResult(ProcessTree.Of(up.Id)), processes => processes.Count > 2);

        await SignalAsync(up, "INT");

        await EndedAsync(up, started);
        Assert.False(File.Exists(FabricJson));
    }

    // Runs a command on a Docker engine, without the servers that the tests share.
    private static async Task<(int Code, string Output, string Error)> RunAsync(string engine, params string[] arguments)
    {
        using var command = Start(
            [new("LASTMILE_SERVERS_MODE", "docker"), new("DOCKER_HOST", engine), new("LASTMILE_TEST_SERVERS", "")], arguments);
        var (output, error) = (command.StandardOutput.ReadToEndAsync(), command.StandardError.ReadToEndAsync());
        await command.WaitForExitAsync();
        return (command.ExitCode, await output, await error);
    }

    private static async Task EndedByDownAsync(Process up, IReadOnlyList<LinuxProcess> started)
    {
        using var down = Start("down");
        await down.WaitForExitAsync();

        Assert.Equal(0, down.ExitCode);
        await EndedAsync(up, started);
        Assert.False(File.Exists(FabricJson));
    }

    private static async Task<IReadOnlyList<LinuxProcess>> StartedAsync(Process up)
    {
        await Eventually.Async(() => File.Exists(FabricJson) || up.HasExited, TimeSpan.FromSeconds(90));
        Assert.False(up.HasExited, "up exited early");
        var started = ProcessTree.Of(up.Id);
        Assert.True(started.Count > 8, $"only {started.Count} processes were found under up");
        return started;
    }

    private static async Task EndedAsync(Process up, IReadOnlyList<LinuxProcess> started)
    {
        try
        {
            await up.WaitForExitAsync().WaitAsync(TimeSpan.FromSeconds(60));
        }
        catch (TimeoutException)
        {
            up.Kill();
            throw;
        }

        await Eventually.Async(() => Task.FromResult(started.Count(process => process.Lives())), living => living == 0);
    }

    private static async Task SignalAsync(Process process, string signal)
    {
        using var kill = Process.Start("kill", [$"-{signal}", $"{process.Id}"]);
        await kill.WaitForExitAsync();
    }

    private static Process Start(params string[] arguments) => Start([], arguments);

    private static Process Start(KeyValuePair<string, string>[] environment, params string[] arguments)
    {
        var own = new DirectoryInfo(AppContext.BaseDirectory);
        var cli = Path.Combine(own.Parent!.Parent!.FullName, "LastMile.Events.Cli", own.Name, "LastMile.Events.Cli.dll");
        // A shell's background jobs ignore SIGINT, and so do their children unless its default action is restored.
        string[] command = ["--default-signal=INT", "dotnet", cli, .. arguments];
        var start = new ProcessStartInfo("env", command)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = environment.Length > 0,
            UseShellExecute = false,
        };
        foreach (var (name, value) in environment)
            start.Environment[name] = value;
        return Process.Start(start)!;
    }
}
