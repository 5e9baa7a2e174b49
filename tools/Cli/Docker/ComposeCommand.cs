using System.ComponentModel;
using System.Diagnostics;

namespace LastMile.Events.Cli.Docker;

/// <summary>Finds the compose command of this machine.</summary>
internal static class ComposeCommand
{
    // The plugin is preferred; the program of the same name is its predecessor.
    private static readonly string[][] Candidates = [["docker", "compose"], ["docker-compose"]];

    /// <summary>Finds the first command that runs.</summary>
    /// <returns>Its words, such as <c>docker compose</c>; null if none runs.</returns>
    public static Task<string[]?> FindAsync(CancellationToken cancellationToken) => FindAsync(RunsAsync, cancellationToken);

    /// <summary>Finds the first command that satisfies a condition.</summary>
    internal static async Task<string[]?> FindAsync(Func<string[], CancellationToken, Task<bool>> runs, CancellationToken cancellationToken)
    {
        foreach (var candidate in Candidates)
        {
            if (await runs(candidate, cancellationToken))
                return candidate;
        }

        return null;
    }

    private static async Task<bool> RunsAsync(string[] command, CancellationToken cancellationToken)
    {
        var start = new ProcessStartInfo(command[0], [.. command[1..], "version"])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        try
        {
            using var process = Process.Start(start)!;
            await Task.WhenAll(
                process.StandardOutput.ReadToEndAsync(cancellationToken),
                process.StandardError.ReadToEndAsync(cancellationToken));
            await process.WaitForExitAsync(cancellationToken);
            return process.ExitCode == 0;
        }
        catch (Win32Exception)
        {
            // The program is not installed.
            return false;
        }
    }
}
