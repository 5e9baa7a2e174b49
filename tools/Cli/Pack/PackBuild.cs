using System.Xml.Linq;
using LastMile.Events.Cli.Tests;

namespace LastMile.Events.Cli.Pack;

/// <summary>Builds the packages in a folder of their own, because other builds contain machine code.</summary>
internal static class PackBuild
{
    /// <summary>Builds the packages of all packable projects.</summary>
    /// <returns>The packages, in a folder that the next build empties; null if the build failed.</returns>
    public static async Task<IReadOnlyList<BuiltPackage>?> RunAsync(string repository, CancellationToken cancellationToken)
    {
        // Keeps obj and bin between builds, so that an unchanged project is not compiled again.
        var artifacts = Path.Combine(repository, "artifacts", "pack");
        var made = Path.Combine(artifacts, "made");
        if (Directory.Exists(made))
            Directory.Delete(made, recursive: true);

        string[] arguments =
        [
            "pack", await SolutionFilter.WriteAsync(repository, "packages", Projects(repository), cancellationToken),
            "--configuration", "Release", "--verbosity", "quiet", "--nologo", "--output", made,
            $"--property:ArtifactsPath={artifacts}",
            // Leaves the paths of this machine out of assemblies and symbols.
            "--property:ContinuousIntegrationBuild=true",
            // The build of the tests has analyzed the same sources.
            "--property:RunAnalyzers=false",
            "--disable-build-servers", // build servers would outlive this command
        ];
        return await DotnetCommand.SucceedsAsync(arguments, cancellationToken)
            ? [.. Directory.EnumerateFiles(made, "*.nupkg").Order(StringComparer.Ordinal).Select(BuiltPackage.Read)]
            : null;
    }

    /// <summary>Returns the packable projects, relative to the repository.</summary>
    internal static IReadOnlyList<string> Projects(string repository) =>
    [
        .. ProjectGraph.Read(repository).Projects.Where(project =>
            XDocument.Load(Path.Combine(repository, project)).Descendants("IsPackable").Any(value => value.Value == "true")),
    ];
}
