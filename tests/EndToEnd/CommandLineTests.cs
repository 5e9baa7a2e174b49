using System.Diagnostics;
using System.Text.Json;
using LastMile.Events.Fabric;
using LastMile.Events.Testing;
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
        string[] alerts = [.. root.GetProperty("alerts").EnumerateArray().Select(alert => $"{alert.GetProperty("region")} {alert.GetProperty("kind")}")];
        Assert.Equal((string[])["syd detected", "syd recovered"], alerts);
        File.Delete(file);
    }

    [Theory]
    [InlineData("INT")]
    [InlineData("KILL")]
    public async Task Up_leaves_no_process_behind_however_it_ends(string signal)
    {
        using var up = Start("up", "--regions", "1");
        await Eventually.Async(() => File.Exists(FabricJson) || up.HasExited, TimeSpan.FromSeconds(90));
        Assert.False(up.HasExited, "up ended by itself");
        var started = ProcessTree.Of(up.Id);

        using (var kill = Process.Start("kill", [$"-{signal}", $"{up.Id}"]))
            await kill.WaitForExitAsync();
        await up.WaitForExitAsync().WaitAsync(TimeSpan.FromSeconds(60));

        Assert.True(started.Count > 8, $"only {started.Count} processes were found under up");
        await Eventually.Async(() => Task.FromResult(started.Count(process => process.Lives())), living => living == 0);
        // What a killed one leaves, the next one takes over.
        File.Delete(FabricJson);
    }

    [Fact]
    public async Task Down_ends_what_up_has_started()
    {
        using var up = Start("up", "--regions", "1");
        await Eventually.Async(() => File.Exists(FabricJson) || up.HasExited, TimeSpan.FromSeconds(90));

        using var down = Start("down");
        await down.WaitForExitAsync();

        Assert.Equal(0, down.ExitCode);
        Assert.True(up.HasExited);
        Assert.False(File.Exists(FabricJson));
    }

    private static Process Start(params string[] arguments)
    {
        var own = new DirectoryInfo(AppContext.BaseDirectory);
        var cli = Path.Combine(own.Parent!.Parent!.FullName, "LastMile.Events.Cli", own.Name, "LastMile.Events.Cli.dll");
        return Process.Start(new ProcessStartInfo("dotnet", [cli, .. arguments]) { RedirectStandardOutput = true, UseShellExecute = false })!;
    }
}
