using System.CommandLine;
using LastMile.Events.Bench.Results;
using LastMile.Events.Bench.Running;
using Spectre.Console;

namespace LastMile.Events.Bench;

/// <summary><c>./lastmile bench</c>: measures against bare loops and against other ways, in one run, so that the ratios hold on any machine.</summary>
internal sealed class BenchCommand : Command
{
    private readonly Option<bool> quick = new("--quick") { Description = "Fewer and shorter rounds: for a first look, not for a figure to quote." };

    private readonly Option<string[]> sections = new("--section")
    {
        Description = "Only this; may be given several times. " + string.Join(" ", Section.All.Select(section => $"{section.Name}: {section.Question}")),
        HelpName = "name",
    };

    private readonly Option<FileInfo> report = new("--report")
    {
        Description = "Write every sample to this file, as JSON, and tables and plots beside it.",
        HelpName = "file",
        DefaultValueFactory = _ => new FileInfo("bench-report/report.json"),
    };

    public BenchCommand()
        : base("bench", "Measure what LastMile costs and how fast it is, against bare loops and against other ways, on real servers.")
    {
        sections.AcceptOnlyFromAmong([.. Section.All.Select(section => section.Name)]);
        Options.Add(quick);
        Options.Add(sections);
        Options.Add(report);
        SetAction((parsed, cancellationToken) =>
            RunAsync(parsed.GetValue(quick), parsed.GetValue(sections) ?? [], parsed.GetRequiredValue(report), cancellationToken));
    }

    private static async Task<int> RunAsync(bool quick, string[] only, FileInfo report, CancellationToken cancellationToken)
    {
        await using var run = new BenchRun(quick);
        var results = new List<SectionResult>();
        foreach (var section in Section.All.Where(section => only.Length == 0 || only.Contains(section.Name, StringComparer.Ordinal)))
        {
            AnsiConsole.MarkupLineInterpolated($"\n[bold]{section.Name}[/]: {section.Question}");
            var result = await section.RunAsync(run, cancellationToken);
            ResultTables.Show(result);
            results.Add(result);
        }

        await new BenchReport(quick, results).WriteAsync(report.FullName, cancellationToken);
        return 0;
    }
}
