using System.Diagnostics;

namespace LastMile.Events.Cli.Tests;

/// <summary>Builds the whole solution, once, for all test projects.</summary>
internal static class SolutionBuild
{
    public static async Task<bool> SucceedsAsync(string repository, CancellationToken cancellationToken)
    {
        string[] arguments =
        [
            "build", Path.Combine(repository, "LastMile.Events.sln"), "-p:Precompile=true", "--configuration", "Release", "--verbosity", "quiet", "--nologo",
            "--disable-build-servers", // they would outlive this command
        ];
        using var build = Process.Start(new ProcessStartInfo("dotnet", arguments) { UseShellExecute = false })!;
        try
        {
            await build.WaitForExitAsync(cancellationToken);
        }
        catch (OperationCanceledException)
        {
            build.Kill(entireProcessTree: true);
            throw;
        }

        return build.ExitCode == 0;
    }
}
