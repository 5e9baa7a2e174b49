using System.Text;

namespace LastMile.Events.Postgres;

/// <summary>Parses one template from left to right, and stops at the first error.</summary>
internal sealed class PurgeTemplateParser(string text)
{
    private readonly List<string> literals = [];
    private readonly List<string> names = [];
    private readonly StringBuilder literal = new();
    private int position;

    public string? Error { get; private set; }

    public PurgeTemplate? Parse()
    {
        if (text.Length == 0)
            Error = "is empty";

        while (position < text.Length && Error is null)
            ReadNext();

        literals.Add(literal.ToString());
        return Error is null ? new PurgeTemplate(text, literals, names) : null;
    }

    private void ReadNext()
    {
        var character = text[position];
        if (char.IsControl(character))
            Error = $"has a control character at position {position + 1}; keys and tags can't contain one";
        else if (character is not ('{' or '}'))
            AppendLiteral(character, 1);
        else if (position + 1 < text.Length && text[position + 1] == character)
            AppendLiteral(character, 2);
        else if (character == '{')
            ReadPlaceholder();
        else
            Error = $"has a '}}' at position {position + 1} without a '{{'; write a literal brace as '}}}}'";
    }

    private void AppendLiteral(char character, int width)
    {
        literal.Append(character);
        position += width;
    }

    private void ReadPlaceholder()
    {
        var start = position + 1;
        var end = text.AsSpan(start).IndexOfAny('{', '}') + start;
        if (end < start || text[end] == '{')
        {
            Error = $"has a '{{' at position {start} that is not closed; write a literal brace as '{{{{'";
            return;
        }

        var name = text[start..end];
        if (string.IsNullOrWhiteSpace(name))
        {
            Error = $"has an empty placeholder at position {start}; put a property name between the braces";
            return;
        }

        literals.Add(literal.ToString());
        literal.Clear();
        names.Add(name);
        position = end + 1;
    }
}
