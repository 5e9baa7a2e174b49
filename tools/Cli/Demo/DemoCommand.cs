using System.CommandLine;
using LastMile.Events.Fabric;
using Spectre.Console;

namespace LastMile.Events.Cli.Demo;

/// <summary><c>./lastmile demo</c>: shows that committed changes purge every region, and what happens when a region falls behind.</summary>
internal sealed class DemoCommand : Command
{
    private readonly Option<int> regions = SystemOptions.Regions();

    // Garnet does not report deleted keys, which the demo measures.
    private readonly Option<string> topology =
        SystemOptions.Topologies(Topology.All.Where(topology => topology.Server != RegionServer.Garnet));

    private readonly Option<int> changes = new("--changes")
    {
        Description = "How many changes to make, from 8 to 100000.",
        HelpName = "n",
        DefaultValueFactory = _ => 1_000,
    };

    private readonly Option<FileInfo?> report = new("--report")
    {
        Description = "Write the result to this JSON file.",
        HelpName = "file",
    };

    public DemoCommand()
        : base(
            "demo",
            "Start everything, change products in four ways, and watch their cache keys disappear in every region; "
            + "then cut one region's link.")
    {
        changes.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int>() is < 8 or > 100_000)
                result.AddError("--changes takes a number from 8 to 100000.");
        });
        Options.Add(regions);
        Options.Add(topology);
        Options.Add(changes);
        Options.Add(report);
        SetAction((parsed, cancellationToken) =>
            RunAsync(
                parsed.GetValue(regions),
                parsed.GetRequiredValue(topology),
                parsed.GetValue(changes),
                parsed.GetValue(report),
                cancellationToken));
    }

    private static async Task<int> RunAsync(
        int regions, string topology, int changes, FileInfo? report, CancellationToken cancellationToken)
    {
        await using var system = await SystemOptions.StartAsync(regions, topology, changes, cancellationToken);
        await using var demo = await Demonstration.PrepareAsync(system, changes, cancellationToken);

        AnsiConsole.MarkupLine($"\n[bold]1. {changes:N0} changes, made in four ways, purged in {regions} regions[/]");
        await demo.PurgeAsync(cancellationToken);
        demo.ShowLatencies();

        AnsiConsole.MarkupLine($"\n[bold]2. The link of {demo.CutRegion} is cut under load[/]");
        await demo.CutAndMendAsync(cancellationToken);

        AnsiConsole.MarkupLine("\n[bold]3. Every key in every region, compared with the database[/]");
        var result = await demo.CheckAsync(cancellationToken);
        if (report is not null)
            await result.WriteAsync(report.FullName, cancellationToken);

        AnsiConsole.MarkupLine(result.Passed ? "\n[green]Passed.[/]" : "\n[red]Failed:[/]");
        foreach (var problem in result.Problems)
            AnsiConsole.MarkupLineInterpolated($"   {problem}");
        return result.Passed ? 0 : 1;
    }
}
