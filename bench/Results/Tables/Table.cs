namespace LastMile.Events.Bench.Results.Tables;

/// <summary>A table for people, wherever it is shown. Its first column says what a row is about, the others are figures.</summary>
internal sealed record Table(string Title, IReadOnlyList<string> Columns, IReadOnlyList<IReadOnlyList<Cell>> Rows);

/// <summary>One field of a table.</summary>
internal readonly record struct Cell(string Text, Tone Tone = Tone.Plain)
{
    public static implicit operator Cell(string text) => new(text);
}

/// <summary>Whether a field is good news.</summary>
internal enum Tone
{
    Plain,
    Good,
    Bad,
}
