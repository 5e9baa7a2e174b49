using LastMile.Events.Fabric;
using Markdig;
using Markdig.Extensions.AutoIdentifiers;
using Markdig.Renderers.Html;
using Markdig.Syntax;
using Markdig.Syntax.Inlines;

namespace LastMile.Events.Testing.Pages;

/// <summary>A Markdown page of the repository.</summary>
public sealed class DocumentationPage
{
    private static readonly MarkdownPipeline Pipeline =
        new MarkdownPipelineBuilder().UsePipeTables().UseAutoIdentifiers(AutoIdentifierOptions.GitHub).Build();

    private static readonly string[] Generated = ["artifacts", "bin", "obj", "node_modules", "bench-report"];

    private readonly MarkdownDocument document;

    private DocumentationPage(string path)
    {
        Path = path;
        document = Markdown.Parse(File.ReadAllText(System.IO.Path.Combine(RunFolder.RepositoryFolder(), path)), Pipeline);
    }

    /// <summary>All pages.</summary>
    public static IReadOnlyList<DocumentationPage> All { get; } =
        [.. PathsIn(RunFolder.RepositoryFolder()).Order(StringComparer.Ordinal).Select(path => new DocumentationPage(path))];

    /// <summary>The path in the repository, such as <c>docs/api.md</c>.</summary>
    public string Path { get; }

    /// <summary>The fenced blocks, in order.</summary>
    public IEnumerable<DocumentedBlock> Blocks => document.Descendants<FencedCodeBlock>().Select(block =>
        new DocumentedBlock(
            Path,
            block.Line + 2,
            block.Info ?? "",
            SectionOf(block),
            string.Concat(block.Lines.Lines.Take(block.Lines.Count).Select(line => $"{line}\n"))));

    /// <summary>The targets of links and images, with the line of each.</summary>
    public IEnumerable<(string Target, int Line)> Links =>
        document.Descendants<LinkInline>().Select(link => (link.Url ?? "", link.Line + 1));

    /// <summary>The code in running text and tables, with the line of each.</summary>
    public IEnumerable<(string Text, int Line)> Code => document.Descendants<CodeInline>().Select(code => (code.Content, code.Line + 1));

    /// <summary>Returns the cells of the first table below a heading, without the table's header, in Markdown.</summary>
    /// <param name="heading">The heading's text.</param>
    public IEnumerable<string[]> Table(string heading) => File.ReadLines(System.IO.Path.Combine(RunFolder.RepositoryFolder(), Path))
        .SkipWhile(line => !(line.StartsWith('#') && line.TrimStart('#', ' ') == heading)).Skip(1)
        .TakeWhile(line => !line.StartsWith('#'))
        .SkipWhile(line => !line.StartsWith('|')).TakeWhile(line => line.StartsWith('|')).Skip(2)
        .Select(line => line.Trim('|', ' ').Split('|', StringSplitOptions.TrimEntries));

    /// <summary>The names that a link can have after #.</summary>
    public IReadOnlySet<string> Anchors => field ??=
        document.Descendants<HeadingBlock>().Select(heading => heading.GetAttributes().Id ?? "").ToHashSet(StringComparer.Ordinal);

    /// <summary>Returns the page of a path in the repository.</summary>
    public static DocumentationPage Of(string path) => All.Single(page => page.Path == path);

    private string SectionOf(Block block)
    {
        var heading = document.Descendants<HeadingBlock>().LastOrDefault(heading => heading.Level == 2 && heading.Line < block.Line);
        return string.Concat(heading?.Inline?.Descendants<LiteralInline>().Select(text => text.Content.ToString()) ?? []);
    }

    // Other folders whose names begin with a dot are not part of the repository.
    private static IEnumerable<string> PathsIn(string folder)
    {
        var root = RunFolder.RepositoryFolder();
        var folders = Directory.EnumerateDirectories(folder).Where(inner => System.IO.Path.GetFileName(inner) is var name
            && (name[0] != '.' || name == ".github") && !Generated.Contains(name, StringComparer.Ordinal));
        return Directory.EnumerateFiles(folder, "*.md").Select(file => System.IO.Path.GetRelativePath(root, file))
            .Concat(folders.SelectMany(PathsIn));
    }
}
