namespace LastMile.Events.Cli.Tests;

/// <summary>Builds test projects and their references in one build.</summary>
internal static class SolutionBuild
{
    /// <summary>Builds the projects; returns whether the build succeeded.</summary>
    /// <param name="repository">The folder of the solution.</param>
    /// <param name="projects">Project files, relative to the repository.</param>
    /// <param name="cancellationToken">Cancels the build.</param>
    public static async Task<bool> SucceedsAsync(
        string repository, IReadOnlyCollection<string> projects, CancellationToken cancellationToken)
    {
        string[] arguments =
        [
            "build", await SolutionFilter.WriteAsync(repository, "tests", projects, cancellationToken),
            "--configuration", "Release", "--verbosity", "quiet", "--nologo",
            "--property:Precompile=true",
            "--disable-build-servers", // build servers would outlive this command
        ];
        return await DotnetCommand.SucceedsAsync(arguments, cancellationToken);
    }
}
