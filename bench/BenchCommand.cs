using System.CommandLine;
using LastMile.Events.Bench.Capture;
using Spectre.Console;

namespace LastMile.Events.Bench;

/// <summary><c>./lastmile bench</c>: measures against the same work without LastMile, in one run, so that the ratios hold on any machine.</summary>
internal sealed class BenchCommand : Command
{
    private readonly Option<bool> quick = new("--quick") { Description = "Fewer and shorter rounds: for a first look, not for a figure to quote." };

    private readonly Option<string> section = new("--section")
    {
        Description = "What to measure: capture (what a captured table costs its writers).",
        HelpName = "name",
        DefaultValueFactory = _ => CaptureSection.Name,
    };

    private readonly Option<FileInfo?> report = new("--report")
    {
        Description = "Write every sample to this file, as JSON.",
        HelpName = "file",
    };

    public BenchCommand()
        : base("bench", "Measure what LastMile costs and how fast it is, against the same work without it.")
    {
        section.AcceptOnlyFromAmong(CaptureSection.Name);
        Options.Add(quick);
        Options.Add(section);
        Options.Add(report);
        SetAction((parsed, cancellationToken) => RunAsync(parsed.GetValue(quick), parsed.GetValue(report), cancellationToken));
    }

    private static async Task<int> RunAsync(bool quick, FileInfo? report, CancellationToken cancellationToken)
    {
        var comparisons = await CaptureSection.RunAsync(quick ? Rounds.Quick : Rounds.Full, cancellationToken);
        foreach (var comparison in comparisons)
            AnsiConsole.Write(ComparisonTable.Of(comparison));
        if (report is not null)
            await new BenchReport(CaptureSection.Name, comparisons).WriteAsync(report.FullName, cancellationToken);
        return 0;
    }
}
