using System.CommandLine;
using LastMile.Events.Fabric;
using Spectre.Console;

namespace LastMile.Events.Cli;

/// <summary><c>./lastmile up</c>: starts everything and stays.</summary>
internal sealed class UpCommand : Command
{
    private const int Products = 1_000;

    private readonly Option<int> regions = SystemOptions.Regions();

    public UpCommand()
        : base("up", "Start everything with the sample Storefront and stay, until Ctrl-C or './lastmile down'.")
    {
        Options.Add(regions);
        SetAction((parsed, cancellationToken) => RunAsync(parsed.GetValue(regions), cancellationToken));
    }

    private static async Task<int> RunAsync(int regions, CancellationToken cancellationToken)
    {
        using var running = UpFile.TryTake();
        if (running is null)
        {
            AnsiConsole.MarkupLine("[red]It is up already.[/] End it with ./lastmile down");
            return 1;
        }

        await using var system = await SystemOptions.StartAsync(regions, Products, cancellationToken);
        await UpFile.WriteAsync(system, cancellationToken);
        Show(system);

        var stopped = new TaskCompletionSource();
        await using var registration = cancellationToken.Register(stopped.SetResult);
        await stopped.Task;
        AnsiConsole.MarkupLine("Ending");
        return 0;
    }

    private static void Show(LastMileSystem system)
    {
        var table = new Table().AddColumns("part", "where");
        table.AddRow("Redis primary", system.Servers.Primary.Endpoint);
        table.AddRow("Invalidator", $"{system.Invalidator.Address}status");
        foreach (var region in system.Servers.Regions)
        {
            table.AddRow($"{region.Name}: Redis", region.Redis.Endpoint);
            table.AddRow($"{region.Name}: agent", $"{system.Agents[region.Name].Address}status");
            table.AddRow($"{region.Name}: Storefront", $"{system.Storefronts[region.Name].Address}products/7");
        }

        AnsiConsole.Write(table);
        // Not by the console library, which would break them at its width: they are there to be pasted.
        Console.WriteLine($"PostgreSQL:  {UpFile.PsqlCommand(system)}");
        Console.WriteLine($"All of it:   {UpFile.FabricPath}");
        Console.WriteLine("Ctrl-C, or ./lastmile down in another shell, ends it.");
    }
}
