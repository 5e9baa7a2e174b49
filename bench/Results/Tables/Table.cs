namespace LastMile.Events.Bench.Results.Tables;

/// <summary>A table for people, in any format. The first column names the row; the others hold figures.</summary>
internal sealed record Table(string Title, IReadOnlyList<string> Columns, IReadOnlyList<IReadOnlyList<Cell>> Rows);

/// <summary>One cell of a table.</summary>
internal readonly record struct Cell(string Text, Tone Tone = Tone.Plain)
{
    public static implicit operator Cell(string text) => new(text);
}

/// <summary>Whether a cell is good or bad news.</summary>
internal enum Tone
{
    Plain,
    Good,
    Bad,
}
