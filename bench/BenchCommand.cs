using System.CommandLine;
using LastMile.Events.Bench.Results;
using LastMile.Events.Bench.Results.Tables;
using LastMile.Events.Bench.Running;
using Spectre.Console;

namespace LastMile.Events.Bench;

/// <summary>
/// <c>./lastmile bench</c>: measures LastMile against bare loops and alternatives in one run, so that the ratios hold on any machine.
/// </summary>
internal sealed class BenchCommand : Command
{
    private readonly Option<bool> quick = new("--quick")
    {
        Description = "Run fewer and shorter rounds, for a first look. Do not quote the figures.",
    };

    private readonly Option<string[]> sections = new("--section")
    {
        Description = "Run only this section. Repeat the option for more. "
            + string.Join(" ", Section.All.Select(section => $"{section.Name}: {section.Question}")),
        HelpName = "name",
    };

    private readonly Option<FileInfo> report = new("--report")
    {
        Description = "Write every sample to this JSON file, and tables and plots next to it.",
        HelpName = "file",
        DefaultValueFactory = _ => new FileInfo("bench-report/report.json"),
    };

    public BenchCommand()
        : base("bench", "Measure the speed and cost of LastMile on real servers, compared with bare loops and alternatives.")
    {
        report.Validators.Add(parsed =>
        {
            if (parsed.GetValueOrDefault<FileInfo>() is { Extension: not ".json" })
                parsed.AddError("--report takes the name of a .json file; tables and plots are written next to it.");
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
        // Spectre.Console would wrap the paths at the console's width.
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
