using System.Text.RegularExpressions;
using System.Xml.Linq;
using LastMile.Events.Fabric;
using Xunit;

namespace Fabric.Tests;

/// <summary>Tests deploy/Dockerfile and the inputs of its images. <c>./lastmile test --docker</c> checks the images themselves.</summary>
public sealed partial class ImageTests
{
    private static readonly string Repository = RunFolder.RepositoryFolder();
    private static readonly string[] Dockerfile = File.ReadAllLines(Path.Combine(Repository, "deploy", "Dockerfile"));
    private static readonly string[] BeforeRestore =
        [.. Dockerfile.TakeWhile(line => !line.Contains("dotnet restore", StringComparison.Ordinal))];
    private static readonly string[] Final = [.. Dockerfile.SkipWhile(line => !line.EndsWith(" AS service", StringComparison.Ordinal))];
    private static readonly string[] SourceFolders = ["clients", "contracts", "samples", "services"];

    private static readonly string[] Ignored =
        [.. File.ReadAllLines(Path.Combine(Repository, ".dockerignore")).Where(line => line.Length > 0 && line[0] != '#')];

    /// <summary>The targets, with the projects of their programs.</summary>
    public static TheoryData<string, string> Targets => new()
    {
        { "invalidator", "services/Invalidator/LastMile.Events.Invalidator.csproj" },
        { "region-agent", "services/RegionAgent/LastMile.Events.RegionAgent.csproj" },
        { "storefront", "samples/Storefront/Storefront.csproj" },
    };

    // The repository files that the Dockerfile copies.
    private static IEnumerable<string> Copied => Dockerfile
        .Where(line => line.StartsWith("COPY ", StringComparison.Ordinal) && !line.Contains("--from", StringComparison.Ordinal))
        .SelectMany(line => line.Split(' ')[1..^1]);

    private static IEnumerable<string> Sent => Ignored.Where(line => line[0] == '!').Select(line => line[1..]);

    [Theory]
    [MemberData(nameof(Targets))]
    public void Every_project_of_a_program_is_copied_before_packages_are_restored(string target, string program)
    {
        Assert.Contains($"FROM service AS {target}", Dockerfile);
        Assert.All(
            Closure(program).Select(project => Path.GetDirectoryName(project)!),
            folder => Assert.Contains($"COPY {folder}/*.csproj {folder}/", BeforeRestore));
    }

    [Fact]
    public void No_source_is_copied_before_packages_are_restored() => Assert.All(
        BeforeRestore.Where(line => SourceFolders.Any(folder => line.StartsWith($"COPY {folder}", StringComparison.Ordinal))),
        line => Assert.Contains("*.csproj", line, StringComparison.Ordinal));

    [Theory]
    [MemberData(nameof(Targets))]
    public void A_target_starts_its_program_and_its_health_check_without_a_shell(string target, string program)
    {
        var stage = Stage(target);
        var start = $"[\"dotnet\", \"{Path.GetFileNameWithoutExtension(program)}.dll\"";

        Assert.Contains($"ENTRYPOINT {start}]", stage);
        Assert.Contains(stage, line => line.EndsWith($"CMD {start}, \"--health\"]", StringComparison.Ordinal));
    }

    [Fact]
    public void The_images_need_no_shell_and_run_no_command_when_built() =>
        Assert.DoesNotContain(Final, line => line.StartsWith("RUN", StringComparison.Ordinal) || ShellForm().IsMatch(line));

    [Fact]
    public void The_programs_run_as_an_unprivileged_numeric_user() =>
        Assert.Equal(["USER 1654"], Final.Where(line => line.StartsWith("USER", StringComparison.Ordinal)));

    [Fact]
    public void Both_base_images_come_from_build_arguments() => Assert.Equal(
        ["FROM --platform=${BUILDPLATFORM:-linux} $DOTNET_SDK_IMAGE AS build", "FROM $DOTNET_ASPNET_IMAGE AS service"],
        Dockerfile.Where(line => line.StartsWith("FROM ", StringComparison.Ordinal)
            && !line.Contains(" service AS ", StringComparison.Ordinal)));

    [Theory]
    [InlineData("title")]
    [InlineData("description")]
    [InlineData("version")]
    [InlineData("revision")]
    [InlineData("source")]
    [InlineData("licenses")]
    public void Every_target_has_the_label(string label) => Assert.All(
        Targets.Select(target => target.Data.Item1),
        target => Assert.Contains(
            $"org.opencontainers.image.{label}=", string.Join('\n', [.. Stage("service"), .. Stage(target)]), StringComparison.Ordinal));

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

    private static string[] Stage(string name)
    {
        var start = Array.FindIndex(Dockerfile, line => line.StartsWith("FROM", StringComparison.Ordinal)
            && line.EndsWith($" AS {name}", StringComparison.Ordinal));
        return [.. Dockerfile.Skip(start + 1).TakeWhile(line => !line.StartsWith("FROM", StringComparison.Ordinal))];
    }

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

    // CMD and ENTRYPOINT without brackets run in a shell.
    [GeneratedRegex(@"\b(CMD|ENTRYPOINT) [^\[]", RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking)]
    private static partial Regex ShellForm();
}
