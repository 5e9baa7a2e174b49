using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;

namespace LastMile.Events.Postgres;

/// <summary>
/// The template of a key or tag, such as <c>product:{Id}</c>: literal text, and property names in braces. <c>{{</c> and <c>}}</c>
/// stand for literal braces. A template is never invalid: what does not parse has no instance.
/// </summary>
public sealed class PurgeTemplate
{
    private readonly string[] literals;
    private readonly int[] slots;
    private readonly string[] placeholders;
    private readonly int literalLength;

    // literals[i] stands before slots[i], which is an index into placeholders; one more literal ends the template.
    internal PurgeTemplate(string text, IReadOnlyList<string> literals, IReadOnlyList<string> names)
    {
        Text = text;
        this.literals = [.. literals];
        placeholders = [.. names.Distinct(StringComparer.Ordinal)];
        slots = [.. names.Select(name => Array.IndexOf(placeholders, name))];
        literalLength = literals.Sum(literal => literal.Length);
    }

    /// <summary>The template as it was written.</summary>
    public string Text { get; }

    /// <summary>The names in braces, each once, in the order of their first appearance. Empty for a constant key.</summary>
    public IReadOnlyList<string> Placeholders => placeholders;

    /// <summary>Reads a template.</summary>
    /// <param name="text">The template, such as <c>product:{Id}</c>.</param>
    /// <exception cref="FormatException">The text is no template; the message says where and why.</exception>
    public static PurgeTemplate Parse(string text) =>
        TryParse(text, out var template, out var error) ? template : throw new FormatException($"The template '{text}' {error}.");

    /// <summary>Reads a template, or says what is wrong with it.</summary>
    /// <param name="text">The template, such as <c>product:{Id}</c>.</param>
    /// <param name="template">The template; null when the text is none.</param>
    /// <param name="error">What is wrong, as the rest of a sentence that begins with the template; null when nothing is.</param>
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

    /// <summary>Fills in the values.</summary>
    /// <param name="values">One value for each of <see cref="Placeholders"/>, in their order.</param>
    /// <returns>The key or tag; null when a value is null, as there is no such key then.</returns>
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

    /// <summary>Fills in the values.</summary>
    /// <param name="valueOf">Gives the value of a placeholder by its name.</param>
    /// <returns>The key or tag; null when a value is null, as there is no such key then.</returns>
    public string? Render(Func<string, string?> valueOf)
    {
        ArgumentNullException.ThrowIfNull(valueOf);

        return Render(Array.ConvertAll(placeholders, name => valueOf(name)));
    }

    /// <inheritdoc />
    public override string ToString() => Text;
}
