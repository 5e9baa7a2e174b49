using System.Text.RegularExpressions;
using LastMile.Events.Fabric;

namespace Kubernetes.Tests;

/// <summary>The page docs/operations/kubernetes.md.</summary>
internal static partial class Guide
{
    /// <summary>The page's text.</summary>
    public static string Text { get; } =
        File.ReadAllText(Path.Combine(RunFolder.RepositoryFolder(), "docs", "operations", "kubernetes.md"));

    /// <summary>The commands of kubectl, in blocks and in the text; a loop is one command.</summary>
    public static IEnumerable<string> Commands =>
    [
        .. Blocks("sh").SelectMany(block => block.Split('\n')).Select(line => line.Trim())
            .Where(line => line.Contains("kubectl ", StringComparison.Ordinal)),
        .. Inlines.Where(text => text.StartsWith("kubectl ", StringComparison.Ordinal)),
    ];

    private static IEnumerable<string> Inlines => Inline().Matches(Text).Select(match => match.Groups["code"].Value);

    /// <summary>Returns the code in the text that begins with a text.</summary>
    public static string Inline(string beginning) => Inlines.Single(code => code.StartsWith(beginning, StringComparison.Ordinal));

    /// <summary>Returns the contents of the code blocks in a language.</summary>
    public static IEnumerable<string> Blocks(string language) =>
        Block().Matches(Text).Where(match => match.Groups["language"].Value == language).Select(match => match.Groups["code"].Value);

    /// <summary>Returns the code block that contains a text.</summary>
    public static string Block(string language, string text) =>
        Blocks(language).Single(block => block.Contains(text, StringComparison.Ordinal));

    [GeneratedRegex("```(?<language>[a-z]+)\n(?<code>[^`]*)\n *```", RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking)]
    private static partial Regex Block();

    // Code in the text, apart from blocks.
    [GeneratedRegex("(^|[^`])`(?<code>[^`\n]+)`", RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking)]
    private static partial Regex Inline();
}
