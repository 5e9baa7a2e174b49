using LastMile.Events.Tool.Doctor.Checks;
using Spectre.Console;

namespace LastMile.Events.Tool.Doctor.Report;

/// <summary>Prints results for people: a table, then the findings.</summary>
internal static class DoctorTable
{
    /// <summary>Writes the results.</summary>
    /// <param name="console">The console.</param>
    /// <param name="results">The results.</param>
    /// <param name="all">Whether to show every check, or only the number of those that pass.</param>
    public static void Write(IAnsiConsole console, IReadOnlyList<CheckResult> results, bool all)
    {
        var table = new Table().AddColumns("part", "check", "result");
        foreach (var part in results.GroupBy(result => result.Part, StringComparer.Ordinal))
        {
            var fine = part.Where(result => result.Outcome == "ok").ToList();
            foreach (var result in all ? part : part.Except(fine))
                AddRow(table, result.Part, result.Check, result);
            if (!all && fine.Count > 0)
                AddFine(table, part.Key, fine);
        }

        console.Write(table);
        // The console would wrap commands that operators copy.
        WriteFindings(console.Profile.Out.Writer, results);
        WriteSummary(console.Profile.Out.Writer, results);
    }

    private static void AddFine(Table table, string part, List<CheckResult> fine) => table.AddRow(
        new Text(part), new Text(fine.Count == 1 ? fine[0].Check : $"{fine.Count} checks"), Colored("ok", "green"));

    private static void AddRow(Table table, string part, string check, CheckResult result) => table.AddRow(
        new Text(part),
        new Text(check),
        result switch
        {
            { NotChecked: { } reason } => new Text($"not checked: {reason}", new Style(Color.Grey)),
            { Worst: Severity.Error } => Colored(Numbered(result, "error"), "red"),
            { Worst: Severity.Warning } => Colored(Numbered(result, "warning"), "yellow"),
            { Worst: Severity.Note } => Colored("note", "blue"),
            _ => Colored("ok", "green"),
        });

    private static string Numbered(CheckResult result, string outcome) =>
        result.Findings.Count > 1 ? $"{outcome} ({result.Findings.Count} findings)" : outcome;

    // Parts with the same finding share one entry.
    private static void WriteFindings(TextWriter output, IReadOnlyList<CheckResult> results)
    {
        var findings = results.SelectMany(result => result.Findings.Select(finding => (result.Part, result.Check, finding)))
            .GroupBy(found => (found.Check, found.finding), found => found.Part)
            .OrderByDescending(group => group.Key.finding.Severity);
        foreach (var group in findings)
        {
            var ((check, finding), parts) = (group.Key, string.Join(", ", group));
            output.WriteLine();
            output.WriteLine($"{finding.Severity.ToString().ToLowerInvariant()}: {parts}: {check}");
            output.WriteLine($"  {finding.Problem}");
            output.WriteLine($"  {finding.Consequence}");
            output.WriteLine($"  Fix: {finding.Remedy}");
        }
    }

    private static void WriteSummary(TextWriter output, IReadOnlyList<CheckResult> results)
    {
        var findings = results.SelectMany(result => result.Findings).ToList();
        output.WriteLine();
        output.WriteLine(
            $"{results.Count(result => result.NotChecked is null)} checks: "
            + $"{Counted(findings.Count(finding => finding.Severity == Severity.Error), "error")}, "
            + $"{Counted(findings.Count(finding => finding.Severity == Severity.Warning), "warning")}; "
            + $"{results.Count(result => result.NotChecked is not null)} not checked.");
    }

    private static string Counted(int count, string what) => count == 1 ? $"1 {what}" : $"{count} {what}s";

    private static Markup Colored(string text, string color) => new($"[{color}]{Markup.Escape(text)}[/]");
}
