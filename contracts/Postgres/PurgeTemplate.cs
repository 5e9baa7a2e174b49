using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;

namespace LastMile.Events.Postgres;

/// <summary>
/// The template of a key or tag, such as <c>product:{Id}</c>: literal text, and property names in braces. <c>{{</c> and <c>}}</c>
/// are literal braces. Every instance is valid: parsing rejects an invalid text.
/// </summary>
public sealed class PurgeTemplate
{
    private readonly string[] literals;
    private readonly int[] slots;
    private readonly string[] placeholders;
    private readonly int literalLength;

    // literals[i] precedes slots[i], which is an index into placeholders; one more literal ends the template.
    internal PurgeTemplate(string text, IReadOnlyList<string> literals, IReadOnlyList<string> names)
    {
        Text = text;
        this.literals = [.. literals];
        placeholders = [.. names.Distinct(StringComparer.Ordinal)];
        slots = [.. names.Select(name => Array.IndexOf(placeholders, name))];
        literalLength = literals.Sum(literal => literal.Length);
    }

    /// <summary>The template's source text.</summary>
    public string Text { get; }

    /// <summary>The names in braces, each once, in the order of their first appearance. Empty for a constant key.</summary>
    public IReadOnlyList<string> Placeholders => placeholders;

    /// <summary>Parses a template.</summary>
    /// <param name="text">The template, such as <c>product:{Id}</c>.</param>
    /// <exception cref="FormatException">The text is not a valid template; the message gives the position and the reason.</exception>
    public static PurgeTemplate Parse(string text) =>
        TryParse(text, out var template, out var error) ? template : throw new FormatException($"The template '{text}' {error}.");

    /// <summary>Parses a template, or returns the error in it.</summary>
    /// <param name="text">The template, such as <c>product:{Id}</c>.</param>
    /// <param name="template">The parsed template; null if the text is invalid.</param>
    /// <param name="error">The error, as the end of a sentence that begins with the template; null if the text is valid.</param>
    /// <returns>True if the text is a valid template.</returns>
    public static bool TryParse(
        string? text,
        [NotNullWhen(true)] out PurgeTemplate? template,
        [NotNullWhen(false)] out string? error)
    {
        var parser = new PurgeTemplateParser(text ?? "");
        template = parser.Parse();
        error = parser.Error;
        return template is not null;
    }

    /// <summary>Renders the key or tag for given values.</summary>
    /// <param name="values">One value for each of <see cref="Placeholders"/>, in their order.</param>
    /// <returns>The key or tag; null if a value is null, because such a key does not exist.</returns>
    /// <exception cref="ArgumentException">There are more or fewer values than placeholders.</exception>
    public string? Render(ReadOnlySpan<string?> values)
    {
        if (values.Length != placeholders.Length)
            throw new ArgumentException($"The template '{Text}' takes {placeholders.Length} values, not {values.Length}.", nameof(values));

        if (values.Contains(null))
            return null;

        var rendered = new DefaultInterpolatedStringHandler(literalLength, slots.Length);
        for (var i = 0; i < slots.Length; i++)
        {
            rendered.AppendLiteral(literals[i]);
            rendered.AppendFormatted(values[slots[i]]);
        }

        rendered.AppendLiteral(literals[^1]);
        return rendered.ToStringAndClear();
    }

    /// <summary>Renders the key or tag with values by name.</summary>
    /// <param name="valueOf">Returns the value of a placeholder, given its name.</param>
    /// <returns>The key or tag; null if a value is null, because such a key does not exist.</returns>
    public string? Render(Func<string, string?> valueOf)
    {
        ArgumentNullException.ThrowIfNull(valueOf);

        return Render(Array.ConvertAll(placeholders, name => valueOf(name)));
    }

    /// <inheritdoc />
    public override string ToString() => Text;
}
