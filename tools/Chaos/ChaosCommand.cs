using System.CommandLine;
using System.Security.Cryptography;
using LastMile.Events.Chaos.Faults;
using LastMile.Events.Chaos.Plan;
using LastMile.Events.Chaos.Report;
using LastMile.Events.Fabric;
using Spectre.Console;

namespace LastMile.Events.Chaos;

/// <summary><c>./lastmile chaos</c>: breaks every part at random under load, and checks every key in every region.</summary>
internal sealed class ChaosCommand : Command
{
    // One of the three regions is independent.
    private const string Mixed = "mixed";

    // Faults of the primary need a standby, which a primary that applications fill does not have.
    private static readonly Topology[] Supported = [.. Topology.All.Where(topology => !topology.IsReadOnly)];
    private static readonly string[] Topologies = [.. Supported.Select(topology => topology.Name), Mixed];

    private readonly Option<double> minutes = new("--minutes")
    {
        Description = "How many minutes to inject faults, from 0.5 to 1440.",
        HelpName = "n",
        DefaultValueFactory = _ => 5,
    };

    private readonly Option<int?> seed = new("--seed")
    {
        Description = "Repeat the faults of the run that printed this number; random by default.",
        HelpName = "n",
    };

    private readonly Option<string> topology = new("--topology")
    {
        Description = "How purges reach the regions: "
            + string.Join("; ", Supported.Select(topology => $"{topology.Name} ({topology.Description})"))
            + $"; or {Mixed} (one of the three independent).",
        HelpName = "name",
        DefaultValueFactory = _ => Topology.Replicated.Name,
    };

    private readonly Option<string[]> faults = new("--fault")
    {
        Description = "Inject only this kind of fault. Repeat the option for more. One of: "
            + string.Join("; ", FaultCatalog.OfAnyTopology.Select(kind => kind.Name)) + ".",
        HelpName = "kind",
    };

    private readonly Option<FileInfo?> report = new("--report") { Description = "Write the result to this JSON file.", HelpName = "file" };

    private readonly Option<DirectoryInfo?> logs = new("--logs")
    {
        Description = "Keep the logs of all servers and services in this folder.",
        HelpName = "folder",
    };

    public ChaosCommand()
        : base("chaos", "Break every part at random while a shop is busy, and compare every cache key in every region with the database.")
    {
        minutes.Validators.Add(parsed =>
        {
            if (parsed.GetValueOrDefault<double>() is not (>= 0.5 and <= 1440))
                parsed.AddError("--minutes takes a number from 0.5 to 1440.");
        });
        topology.AcceptOnlyFromAmong(Topologies);
        faults.AcceptOnlyFromAmong([.. FaultCatalog.OfAnyTopology.Select(kind => kind.Name)]);
        Options.Add(minutes);
        Options.Add(seed);
        Options.Add(topology);
        Options.Add(faults);
        Options.Add(report);
        Options.Add(logs);
        SetAction(RunAsync);
    }

    private async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        if (parsed.GetValue(logs) is { } folder)
            Environment.SetEnvironmentVariable(RunFolder.LogsVariable, folder.FullName);
        // The services inherit it. Each start would recompile their busy methods, and keep two cores busy for minutes (ADR 13).
        Environment.SetEnvironmentVariable("DOTNET_TC_CallCounting", "0");
        var runSeed = parsed.GetValue(seed) ?? RandomNumberGenerator.GetInt32(1_000_000);
        var only = parsed.GetValue(faults) ?? [];
        var name = parsed.GetRequiredValue(topology);
        var server = name == Mixed ? RegionServer.Redis : Topology.Of(name).Server;
        var options = new ChaosOptions(runSeed, name == Mixed ? [ChaosOptions.Regions[^1]] : server is null ? [] : ChaosOptions.Regions)
        {
            Duration = TimeSpan.FromMinutes(parsed.GetValue(minutes)),
            Server = server ?? default,
            // A run of a single kind of fault says nothing about the usual times.
            JudgeTimes = name != Mixed && only.Length == 0,
        };
        FaultKind[] kinds =
            [.. FaultCatalog.Of(server, options.HasPrimary)
                .Where(kind => only.Length == 0 || only.Contains(kind.Name, StringComparer.Ordinal))];
        if (kinds.Length == 0)
        {
            AnsiConsole.MarkupLineInterpolated($"[red]Regions that are {name} have no such fault:[/] {string.Join("; ", only)}");
            return 1;
        }

        AnsiConsole.MarkupLineInterpolated($"[bold]Seed {runSeed}[/], three regions, {name}");
        if (!ServiceFaults.ClocksCanBeWrong)
        {
            AnsiConsole.MarkupLine("[yellow]libfaketime is not installed, so the run injects no clock faults. "
                + "A seed produces different faults than with libfaketime.[/]");
        }

        await using var run = await ChaosRun.StartAsync(options, new ConsoleProgress(), cancellationToken);
        var result = await run.RunAsync(kinds, cancellationToken);
        ReportTables.Show(result);
        if (parsed.GetValue(report) is { } file)
            await result.WriteAsync(file.FullName, cancellationToken);
        return result.Passed ? 0 : 1;
    }

    private sealed class ConsoleProgress : IProgress<string>
    {
        public void Report(string value) => Console.WriteLine("   " + value);
    }
}
