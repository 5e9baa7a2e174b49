using System.Diagnostics;
using System.Text.Json;

namespace LastMile.Events.Cli.Tests;

/// <summary>Builds test projects and their references in one build.</summary>
internal static class SolutionBuild
{
    private const string Solution = "LastMile.Events.sln";

    /// <summary>Builds the projects; returns whether the build succeeded.</summary>
    /// <param name="repository">The folder of the solution.</param>
    /// <param name="projects">Project files, relative to the repository.</param>
    /// <param name="cancellationToken">Cancels the build.</param>
    public static async Task<bool> SucceedsAsync(
        string repository, IReadOnlyCollection<string> projects, CancellationToken cancellationToken)
    {
        string[] arguments =
        [
            "build", await FilterAsync(repository, projects, cancellationToken),
            "--configuration", "Release", "--verbosity", "quiet", "--nologo",
            "--property:Precompile=true",
            "--disable-build-servers", // build servers would outlive this command
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

    // Writes a solution filter, which builds several projects in one build.
    private static async Task<string> FilterAsync(
        string repository, IReadOnlyCollection<string> projects, CancellationToken cancellationToken)
    {
        var file = Path.Combine(repository, "artifacts", "tests.slnf");
        var solution = new { path = $"../{Solution}", projects };
        await File.WriteAllTextAsync(file, JsonSerializer.Serialize(new { solution }), cancellationToken);
        return file;
    }
}
