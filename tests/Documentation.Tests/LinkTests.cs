using System.Text.RegularExpressions;
using LastMile.Events.Fabric;
using LastMile.Events.Testing.Pages;
using Xunit;

namespace Documentation.Tests;

/// <summary>Tests that links lead somewhere, and that sources name only pages that exist.</summary>
public sealed partial class LinkTests
{
    private static readonly string Root = RunFolder.RepositoryFolder();

    private static readonly string[] Folders =
        [".devcontainer", ".github", "bench", "clients", "contracts", "deploy", "samples", "services", "tests", "tools"];

    private static readonly string[] Extensions =
        [".cs", ".csproj", ".json", ".lua", ".props", ".sh", ".sql", ".targets", ".yaml", ".yml", ".conf", ""];

    [Fact]
    public void Every_relative_link_leads_to_a_file_and_a_heading()
    {
        var broken =
            from page in DocumentationPage.All
            from link in page.Links
            where !link.Target.Contains("://", StringComparison.Ordinal) && !Leads(page, link.Target)
            select $"{page.Path}:{link.Line} links to {link.Target}.";

        Assert.Empty(broken);
    }

    [Fact]
    public void Sources_name_only_pages_that_exist()
    {
        var files = Folders.SelectMany(folder => Directory.EnumerateFiles(Path.Combine(Root, folder), "*", SearchOption.AllDirectories))
            .Concat(Directory.EnumerateFiles(Root))
            .Where(file => Extensions.Contains(Path.GetExtension(file), StringComparer.Ordinal));

        var broken =
            from file in files
            from Match match in PagePath().Matches(File.ReadAllText(file))
            where !Exists(match.Value.TrimEnd('.'))
            select $"{Path.GetRelativePath(Root, file)} names {match.Value}.";

        Assert.Empty(broken);
    }

    [Fact]
    public void The_index_of_operations_links_to_each_of_its_pages()
    {
        var linked = DocumentationPage.Of("docs/operations/README.md").Links.Select(link => $"docs/operations/{link.Target.Split('#')[0]}");

        var pages = DocumentationPage.All.Select(page => page.Path)
            .Where(path => path.StartsWith("docs/operations/", StringComparison.Ordinal) && path != "docs/operations/README.md");
        Assert.Empty(pages.Except(linked, StringComparer.Ordinal));
    }

    private static bool Leads(DocumentationPage page, string target)
    {
        var parts = target.Split('#');
        var path = parts[0].Length == 0
            ? page.Path
            : Path.GetRelativePath(Root, Path.Combine(Root, Path.GetDirectoryName(page.Path)!, parts[0]));
        if (!Path.Exists(Path.Combine(Root, path)))
            return false;
        return parts.Length == 1 || DocumentationPage.Of(path).Anchors.Contains(parts[1]);
    }

    // An ADR may be named by its number: docs/adr/0013.
    private static bool Exists(string path)
    {
        var parts = path.Split('#');
        var file = Path.Combine(Root, parts[0]);
        if (parts.Length == 2)
            return File.Exists(file) && DocumentationPage.Of(parts[0]).Anchors.Contains(parts[1]);
        return Path.Exists(file) || (parts[0].StartsWith("docs/adr/", StringComparison.Ordinal)
            && Directory.EnumerateFiles(Path.GetDirectoryName(file)!, Path.GetFileName(file) + "-*").Any());
    }

    // Not the path of an address such as https://redis.io/docs/latest.
    [GeneratedRegex(@"(?<![\w/.-])docs/[\w./#-]*\w", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex PagePath();
}
