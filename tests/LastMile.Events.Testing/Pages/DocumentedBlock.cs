namespace LastMile.Events.Testing.Pages;

/// <summary>A fenced block of a documentation page.</summary>
/// <param name="Page">The page's path in the repository, such as <c>docs/api.md</c>.</param>
/// <param name="Line">The line of the block's first line of text, from 1.</param>
/// <param name="Language">The language after the fence, such as <c>sh</c>; empty for none.</param>
/// <param name="Section">The second-level heading above the block; empty for none.</param>
/// <param name="Text">The text, with a newline at the end of each line.</param>
public sealed record DocumentedBlock(string Page, int Line, string Language, string Section, string Text)
{
    /// <summary>Returns where the block is.</summary>
    public override string ToString() => $"{Page}:{Line} ({Language})";
}
