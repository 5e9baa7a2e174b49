using Spectre.Console;

namespace LastMile.Events.Bench.Results.Tables;

/// <summary>Shows a table on the console.</summary>
internal static class ConsoleTable
{
    public static void Show(Table table)
    {
        var shown = new Spectre.Console.Table { Title = new TableTitle(Markup.Escape(table.Title)) };
        foreach (var (index, column) in table.Columns.Index())
            shown.AddColumn(new TableColumn(Markup.Escape(column)) { Alignment = index == 0 ? Justify.Left : Justify.Right });
        foreach (var row in table.Rows)
            shown.AddRow([.. row.Select(cell => new Markup(Markup.Escape(cell.Text), StyleOf(cell.Tone)))]);
        AnsiConsole.Write(shown);
    }

    private static Style StyleOf(Tone tone) => tone switch
    {
        Tone.Good => new Style(Color.Green),
        Tone.Bad => new Style(Color.Red),
        _ => Style.Plain,
    };
}
