using System.CommandLine;
using LastMile.Events.Bench.Results;
using LastMile.Events.Bench.Results.Tables;
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
        report.Validators.Add(parsed =>
        {
            if (parsed.GetValueOrDefault<FileInfo>() is { Extension: not ".json" })
                parsed.AddError("--report: the name of a .json file; tables and plots are written beside it.");
        });
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
            Show(result);
            results.Add(result with { Question = section.Question });
        }

        var versions = await run.VersionsAsync(cancellationToken);
        var written = new BenchReport(TimeProvider.System.GetUtcNow(), Machine.This(), versions, quick, results);
        // Not by the console library, which would break paths at its width.
        foreach (var file in await written.WriteAsync(report.FullName, cancellationToken))
            Console.WriteLine(Path.GetRelativePath(Environment.CurrentDirectory, file));
        return 0;
    }

    private static void Show(SectionResult result)
    {
        foreach (var exhibit in Exhibit.Of(result))
            ConsoleTable.Show(exhibit.Table);
        if (result.Targets.Count > 0)
            ConsoleTable.Show(ResultTables.Of(result.Targets));
    }
}
