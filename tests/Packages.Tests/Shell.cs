using System.Diagnostics;
using Xunit;

namespace Packages.Tests;

/// <summary>Runs commands as a user types them.</summary>
internal static class Shell
{
    /// <summary>Functions that stand for the programs of the pages that would leave the folder, or that need a Docker engine.</summary>
    public static string Programs { get; } = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Adoption", "programs.sh"));

    /// <summary>Runs commands until the first one fails; returns their output.</summary>
    /// <param name="commands">The commands, one a line.</param>
    /// <param name="folder">The working directory.</param>
    public static async Task<string> RunAsync(string commands, string folder)
    {
        var start = new ProcessStartInfo("bash", ["-ec", commands])
        {
            WorkingDirectory = folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        start.Environment["DOTNET_CLI_TELEMETRY_OPTOUT"] = "1";
        // Build servers would outlive the test.
        start.Environment["MSBUILDDISABLENODEREUSE"] = "1";
        start.Environment["DOTNET_CLI_USE_MSBUILD_SERVER"] = "0";
        start.Environment["UseSharedCompilation"] = "false";
        using var shell = Process.Start(start)!;
        var (output, error) = (shell.StandardOutput.ReadToEndAsync(), shell.StandardError.ReadToEndAsync());
        await shell.WaitForExitAsync();
        Assert.True(shell.ExitCode == 0, $"{commands}{Environment.NewLine}{await output}{await error}");
        return await output;
    }
}
