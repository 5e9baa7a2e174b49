using System.Diagnostics;
using LastMile.Events.Fabric;

namespace LastMile.Events.Testing.Pages;

/// <summary>Runs documented shell commands.</summary>
public static class DocumentedShell
{
    /// <summary>Runs a script with bash in a folder with links to the repository's folders. Stops at the first failed command.</summary>
    /// <param name="script">The commands; functions before them may replace programs.</param>
    /// <param name="environment">Variables that the commands use.</param>
    public static async Task<(int Code, string Output, string Error)> RunAsync(
        string script, params IEnumerable<(string Name, string Value)> environment)
    {
        ArgumentNullException.ThrowIfNull(environment);
        var folder = Directory.CreateTempSubdirectory("documented").FullName;
        foreach (var shown in (string[])[".lastmile", "artifacts", "deploy", "samples"])
            File.CreateSymbolicLink(Path.Combine(folder, shown), Path.Combine(RunFolder.RepositoryFolder(), shown));
        var start = new ProcessStartInfo("bash", ["-ec", script])
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = folder,
        };
        foreach (var (name, value) in environment)
            start.Environment[name] = value;
        using var shell = Process.Start(start)!;
        var (output, error) = (shell.StandardOutput.ReadToEndAsync(), shell.StandardError.ReadToEndAsync());
        await shell.WaitForExitAsync();
        Directory.Delete(folder, recursive: true);
        return (shell.ExitCode, await output, await error);
    }
}
