using System.Text.RegularExpressions;

namespace LastMile.Events.EntityFrameworkCore.Declaring;

/// <summary>Replaces placeholders in the text of a template and keeps literal braces.</summary>
internal static partial class TemplateText
{
    /// <param name="template">A valid template.</param>
    /// <param name="replacement">Returns the replacement of a placeholder and its braces, given its name.</param>
    public static string Replace(string template, Func<string, string> replacement) =>
        Pieces.Replace(template, piece => piece.Groups["name"] is { Success: true, Value: var name } ? replacement(name) : piece.Value);

    /// <summary>Escapes a text for use as literal text in a template.</summary>
    public static string Escape(string text) =>
        text.Replace("{", "{{", StringComparison.Ordinal).Replace("}", "}}", StringComparison.Ordinal);

    [GeneratedRegex(
        @"\{\{|\}\}|\{(?<name>[^{}]+)\}",
        RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant,
        matchTimeoutMilliseconds: 1000)]
    private static partial Regex Pieces { get; }
}
