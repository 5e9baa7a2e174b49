using System.CommandLine;
using LastMile.Events.Fabric;
using Spectre.Console;

namespace LastMile.Events.Cli;

/// <summary><c>./lastmile up</c>: starts everything and keeps it running.</summary>
internal sealed class UpCommand : Command
{
    private const int Products = 1_000;

    private readonly Option<int> regions = SystemOptions.Regions();
    private readonly Option<string> topology = SystemOptions.Topologies(Topology.All);

    public UpCommand()
        : base("up", "Start everything with the sample Storefront, and keep it running until Ctrl-C or './lastmile down'.")
    {
        Options.Add(regions);
        Options.Add(topology);
        SetAction((parsed, cancellationToken) =>
            RunAsync(parsed.GetValue(regions), parsed.GetRequiredValue(topology), cancellationToken));
    }

    private static async Task<int> RunAsync(int regions, string topology, CancellationToken cancellationToken)
    {
        using var running = UpFile.TryAcquire();
        if (running is null)
        {
            AnsiConsole.MarkupLine("[red]A system is already running.[/] Stop it with ./lastmile down");
            return 1;
        }

        await using var system = await SystemOptions.StartAsync(regions, topology, Products, cancellationToken);
        await UpFile.WriteAsync(system, cancellationToken);
        Show(system);

        var stopped = new TaskCompletionSource();
        await using var registration = cancellationToken.Register(stopped.SetResult);
        await stopped.Task;
        AnsiConsole.MarkupLine("Stopping");
        return 0;
    }

    private static void Show(LastMileSystem system)
    {
        var table = new Table().AddColumns("part", "where");
        if (system.Servers.HasPrimary)
            table.AddRow("Redis primary", system.Servers.Primary.Endpoint);
        table.AddRow("Invalidator", $"{system.Invalidator.Address}status");
        foreach (var region in system.Servers.Regions)
        {
            table.AddRow($"{region.Name}: Redis", region.AdministratorEndpoint);
            table.AddRow($"{region.Name}: agent", $"{system.Agents[region.Name].Address}status");
            table.AddRow($"{region.Name}: Storefront", $"{system.Storefronts[region.Name].Address}products/7");
        }

        AnsiConsole.Write(table);
        // Spectre.Console would wrap these lines at the console's width, but users paste them.
        Console.WriteLine($"PostgreSQL:  {UpFile.PsqlCommand(system)}");
        Console.WriteLine($"Addresses:   {UpFile.FabricPath}");
        Console.WriteLine("Press Ctrl-C, or run ./lastmile down in another shell, to stop.");
    }
}
