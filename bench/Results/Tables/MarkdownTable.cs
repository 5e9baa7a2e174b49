using System.Text;

namespace LastMile.Events.Bench.Results.Tables;

/// <summary>Writes a table as Markdown.</summary>
internal static class MarkdownTable
{
    public static StringBuilder AppendTable(this StringBuilder text, Table table)
    {
        text.Append($"**{Escape(table.Title)}**\n\n");
        AppendRow(table.Columns.Select(Escape));
        AppendRow(table.Columns.Select((_, index) => index == 0 ? "---" : "---:"));
        foreach (var row in table.Rows)
            AppendRow(row.Select(cell => cell.Tone == Tone.Bad ? $"**{Escape(cell.Text)}**" : Escape(cell.Text)));
        return text.Append('\n');

        void AppendRow(IEnumerable<string> cells) => text.Append("| ").AppendJoin(" | ", cells).Append(" |\n");
    }

    /// <summary>Escapes Markdown in a text.</summary>
    public static string Escape(string text)
    {
        var escaped = new StringBuilder(text.Length);
        foreach (var character in text.ReplaceLineEndings(" "))
            escaped.Append(character is '|' or '*' or '_' or '`' or '<' or '[' or ']' or '\\' ? "\\" : "").Append(character);
        return escaped.ToString();
    }
}
