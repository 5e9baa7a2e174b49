using System.Text.RegularExpressions;

namespace LastMile.Events.EntityFrameworkCore.Declaring;

/// <summary>Rewrites placeholders in the text of a template; literal braces stay as they are.</summary>
internal static partial class TemplateText
{
    /// <param name="template">A template that parses.</param>
    /// <param name="replacement">Gives what stands in place of a placeholder and its braces, by its name.</param>
    public static string Replace(string template, Func<string, string> replacement) =>
        Pieces.Replace(template, piece => piece.Groups["name"] is { Success: true, Value: var name } ? replacement(name) : piece.Value);

    /// <summary>Writes a text so that a template has it as it is.</summary>
    public static string Escape(string text) =>
        text.Replace("{", "{{", StringComparison.Ordinal).Replace("}", "}}", StringComparison.Ordinal);

    [GeneratedRegex(@"\{\{|\}\}|\{(?<name>[^{}]+)\}", RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Pieces { get; }
}
