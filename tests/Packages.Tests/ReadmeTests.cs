using System.Text.RegularExpressions;
using System.Xml.Linq;
using LastMile.Events.Cli.Pack;
using LastMile.Events.Fabric;
using Xunit;

namespace Packages.Tests;

/// <summary>Tests the pages that nuget.org shows for the packages.</summary>
public sealed partial class ReadmeTests
{
    private const string Repository = "https://github.com/lastmile-events/lastmile-events";

    /// <summary>The folders of the packages.</summary>
    public static TheoryData<string> Folders { get; } =
        [.. PackBuild.Projects(RunFolder.RepositoryFolder()).Select(project => Path.GetDirectoryName(project)!)];

    [Theory]
    [MemberData(nameof(Folders))]
    public void Each_link_leads_to_a_file_of_the_repository(string folder)
    {
        var root = RunFolder.RepositoryFolder();
        var page = File.ReadAllText(Path.Combine(root, folder, "README.md"));
        var links = Link().Matches(page).Select(link => link.Groups["to"].Value).ToList();

        Assert.NotEmpty(links);
        // nuget.org resolves no relative link.
        Assert.All(links, link => Assert.StartsWith(Repository, link, StringComparison.Ordinal));
        Assert.All(
            links.Where(link => link.Contains("/blob/main/", StringComparison.Ordinal)),
            link => Assert.True(File.Exists(Path.Combine(root, link.Split("/blob/main/")[1].Split('#')[0])), link));
    }

    [Fact]
    public void Each_page_names_the_tested_version_of_MassTransit()
    {
        var root = RunFolder.RepositoryFolder();
        var tested = XDocument.Load(Path.Combine(root, "Directory.Packages.props")).Descendants("PackageVersion")
            .Single(package => package.Attribute("Include")!.Value == "MassTransit.RabbitMQ").Attribute("Version")!.Value;
        string[] folders = ["docs", "clients", "contracts", "samples", "tools"];
        var commands = Directory.EnumerateFiles(root, "*.md")
            .Concat(folders.SelectMany(folder => Directory.EnumerateFiles(Path.Combine(root, folder), "*.md", SearchOption.AllDirectories)))
            .SelectMany(page => AddMassTransit().Matches(File.ReadAllText(page)).Select(command => command.Value)).ToList();

        Assert.NotEmpty(commands);
        Assert.All(commands, command => Assert.Equal($"dotnet add package MassTransit.RabbitMQ --version '[{tested},9)'", command));
    }

    [GeneratedRegex(@"dotnet add package MassTransit[^`\n]*", RegexOptions.NonBacktracking)]
    private static partial Regex AddMassTransit();

    [GeneratedRegex(@"\]\((?<to>[^)]*)\)", RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking)]
    private static partial Regex Link();
}
