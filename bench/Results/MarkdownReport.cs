using System.Text;
using LastMile.Events.Bench.Results.Tables;

namespace LastMile.Events.Bench.Results;

/// <summary>A report for people: missed targets first, then each section with its tables, plots, and settings.</summary>
/// <param name="report">The results.</param>
/// <param name="name">The report's file name without its extension; the plots' file names begin with it.</param>
internal sealed class MarkdownReport(BenchReport report, string name)
{
    private readonly StringBuilder text = new();

    public string Write()
    {
        WriteHead();
        WriteVerdict();
        foreach (var section in report.Sections)
            Write(section);
        return text.ToString();
    }

    private void WriteHead()
    {
        WriteParagraph("# Benchmark");
        WriteParagraph($"{report.Date:yyyy-MM-dd HH:mm} UTC, on {report.Machine}.");
        if (report.Servers.Count > 0)
            WriteParagraph($"{string.Join(", ", report.Servers.Select(server => $"{server.Key} {server.Value}"))}.");
        if (report.Quick)
            WriteParagraph("**A quick run with short rounds. Do not quote its figures.**");
    }

    private void WriteVerdict()
    {
        var targets = report.Sections.SelectMany(section => section.Targets.Select(target => (section.Section, Target: target))).ToList();
        var missed = targets.Where(target => !target.Target.Met).ToList();
        if (targets.Count == 0)
            return;
        WriteParagraph(missed.Count == 0 ? "All targets are met." : $"**{missed.Count} of {targets.Count} targets missed:**");
        foreach (var (section, target) in missed)
            text.Append($"- {section}: {MarkdownTable.Escape(target.What)}: {target.MeasuredText()}, target {target.LimitText()}\n");
        if (missed.Count > 0)
            text.Append('\n');
    }

    private void Write(SectionResult section)
    {
        WriteParagraph($"## {section.Section}");
        WriteParagraph(section.Question);
        foreach (var exhibit in Exhibit.Of(section))
        {
            text.AppendTable(exhibit.Table);
            WriteParagraph($"![{MarkdownTable.Escape(exhibit.Table.Title)}]({Uri.EscapeDataString(exhibit.PlotFile(name))})");
        }

        if (section.Targets.Count > 0)
            text.AppendTable(ResultTables.Of(section.Targets));
        foreach (var (setting, value) in section.Settings)
            text.Append($"- {MarkdownTable.Escape(setting)}: {MarkdownTable.Escape(value)}\n");
        text.Append('\n');
    }

    private void WriteParagraph(string paragraph) => text.Append(paragraph).Append("\n\n");
}
