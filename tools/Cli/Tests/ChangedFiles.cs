using System.Diagnostics;

namespace LastMile.Events.Cli.Tests;

/// <summary>Lists the files that differ from the last commit according to git, including new files.</summary>
internal static class ChangedFiles
{
    /// <summary>Lists the files, relative to the repository.</summary>
    /// <exception cref="InvalidOperationException">git failed, for example because the folder is not a clone.</exception>
    public static async Task<IReadOnlyCollection<string>> ListAsync(string repository, CancellationToken cancellationToken)
    {
        var tracked = await GitAsync(repository, ["diff", "--name-only", "-z", "HEAD"], cancellationToken);
        var added = await GitAsync(repository, ["ls-files", "--others", "--exclude-standard", "-z"], cancellationToken);
        return [.. tracked, .. added];
    }

    private static async Task<string[]> GitAsync(string repository, string[] arguments, CancellationToken cancellationToken)
    {
        var start = new ProcessStartInfo("git", ["-C", repository, .. arguments])
        {
            RedirectStandardOutput = true,
            UseShellExecute = false,
        };
        using var git = Process.Start(start)!;
        var output = await git.StandardOutput.ReadToEndAsync(cancellationToken);
        await git.WaitForExitAsync(cancellationToken);
        return git.ExitCode == 0
            ? output.Split('\0', StringSplitOptions.RemoveEmptyEntries)
            : throw new InvalidOperationException($"--changed needs git, but 'git {string.Join(' ', arguments)}' failed in {repository}.");
    }
}
