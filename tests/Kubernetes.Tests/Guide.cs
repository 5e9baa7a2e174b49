using LastMile.Events.Testing.Pages;

namespace Kubernetes.Tests;

/// <summary>The page docs/operations/kubernetes.md.</summary>
internal static class Guide
{
    private static readonly DocumentationPage Page = DocumentationPage.Of("docs/operations/kubernetes.md");

    /// <summary>The lines of all blocks, without their indentation.</summary>
    public static IEnumerable<string> Lines => Page.Blocks.SelectMany(block => block.Text.Split('\n')).Select(line => line.Trim());

    /// <summary>The code in running text.</summary>
    public static IEnumerable<string> Code => Page.Code.Select(code => code.Text);

    /// <summary>Returns the code in running text that begins with a text.</summary>
    public static string Inline(string beginning) => Code.Single(code => code.StartsWith(beginning, StringComparison.Ordinal));
}
