using System.Xml.Linq;
using LastMile.Events.Fabric;
using Xunit;

namespace Fabric.Tests;

/// <summary>Tests the inputs of the images that deploy/Dockerfile builds.</summary>
public sealed class ImageTests
{
    private static readonly string Repository = RunFolder.RepositoryFolder();
    private static readonly string[] Dockerfile = File.ReadAllLines(Path.Combine(Repository, "deploy", "Dockerfile"));
    private static readonly string[] BeforeRestore =
        [.. Dockerfile.TakeWhile(line => !line.Contains("dotnet restore", StringComparison.Ordinal))];
    private static readonly string[] BeforePrograms =
        [.. Dockerfile.TakeWhile(line => !line.Contains("/dotnet/aspnet", StringComparison.Ordinal))];
    private static readonly string[] SourceFolders = ["clients", "contracts", "samples", "services"];

    private static readonly string[] Ignored =
        [.. File.ReadAllLines(Path.Combine(Repository, ".dockerignore")).Where(line => line.Length > 0 && line[0] != '#')];

    // The repository files that the Dockerfile copies.
    private static IEnumerable<string> Copied => Dockerfile
        .Where(line => line.StartsWith("COPY ", StringComparison.Ordinal) && !line.Contains("--from", StringComparison.Ordinal))
        .SelectMany(line => line.Split(' ')[1..^1]);

    private static IEnumerable<string> Sent => Ignored.Where(line => line[0] == '!').Select(line => line[1..]);

    [Theory]
    [InlineData("services/Invalidator/LastMile.Events.Invalidator.csproj")]
    [InlineData("services/RegionAgent/LastMile.Events.RegionAgent.csproj")]
    [InlineData("samples/Storefront/Storefront.csproj")]
    public void Every_project_of_a_program_is_copied_before_packages_are_restored(string program) => Assert.All(
        Closure(program).Select(project => Path.GetDirectoryName(project)!),
        folder => Assert.Contains($"COPY {folder}/*.csproj {folder}/", BeforeRestore));

    [Fact]
    public void No_source_is_copied_before_packages_are_restored() => Assert.All(
        BeforeRestore.Where(line => SourceFolders.Any(folder => line.StartsWith($"COPY {folder}", StringComparison.Ordinal))),
        line => Assert.Contains("*.csproj", line, StringComparison.Ordinal));

    [Fact]
    public void The_build_stage_does_not_depend_on_the_program() =>
        Assert.DoesNotContain(BeforePrograms, line => !line.StartsWith('#') && line.Contains("PROGRAM", StringComparison.Ordinal));

    [Fact]
    public void Only_image_inputs_are_sent_to_the_engine()
    {
        Assert.Equal("*", Ignored[0]);
        Assert.All(
            Sent,
            sent => Assert.Contains(Copied, copied => copied == sent || copied.StartsWith(sent + "/", StringComparison.Ordinal)));
        Assert.Contains("**/*.md", Ignored);
    }

    [Fact]
    public void Every_copied_file_is_sent_to_the_engine() => Assert.All(
        Copied,
        copied => Assert.Contains(Sent, sent => copied == sent || copied.StartsWith(sent + "/", StringComparison.Ordinal)));

    private static HashSet<string> Closure(string project)
    {
        var found = new HashSet<string>(StringComparer.Ordinal) { project };
        var folder = Path.GetDirectoryName(project)!;
        foreach (var reference in XDocument.Load(Path.Combine(Repository, project)).Descendants("ProjectReference"))
        {
            var file = Path.GetFullPath(Path.Combine(Repository, folder, reference.Attribute("Include")!.Value));
            found.UnionWith(Closure(Path.GetRelativePath(Repository, file)));
        }

        return found;
    }
}
