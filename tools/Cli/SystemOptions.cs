using System.CommandLine;
using LastMile.Events.Fabric;
using Spectre.Console;

namespace LastMile.Events.Cli;

/// <summary>Options shared by the commands that start a system.</summary>
internal static class SystemOptions
{
    // In the order in which --regions adds them; the documentation shows the first three.
    private static readonly string[] Names = ["ams", "syd", "gru", "iad", "sin", "jnb", "lhr", "nrt", "bom", "yyz"];

    public static Option<int> Regions()
    {
        var option = new Option<int>("--regions")
        {
            Description = $"How many regions, from 1 to {Names.Length}: a Redis, an agent and a Storefront each.",
            HelpName = "n",
            DefaultValueFactory = _ => 3,
        };
        option.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int>() is < 1 or > 10)
                result.AddError($"--regions takes a number from 1 to {Names.Length}.");
        });
        return option;
    }

    /// <summary>Returns the option <c>--topology</c>.</summary>
    /// <param name="supported">The topologies that the command supports.</param>
    public static Option<string> Topologies(IEnumerable<Topology> supported)
    {
        Topology[] topologies = [.. supported];
        var option = new Option<string>("--topology")
        {
            Description = "The server of each region: "
                + string.Join("; ", topologies.Select(topology => $"{topology.Name} ({topology.Description})")) + ".",
            HelpName = "name",
            DefaultValueFactory = _ => Topology.Replicated.Name,
        };
        option.AcceptOnlyFromAmong([.. topologies.Select(topology => topology.Name)]);
        return option;
    }

    public static async Task<LastMileSystem> StartAsync(
        int regions, string topology, int products, CancellationToken cancellationToken)
    {
        // Command line tests run alongside other tests, on their shared servers.
        var options = new FabricOptions { Regions = Names[..regions], Shared = ServerAddresses.FromEnvironment() };
        return await LastMileSystem.StartAsync(
            Topology.Of(topology).Apply(options), products, new ConsoleProgress(), cancellationToken: cancellationToken);
    }

    // Progress<T> would report lines from the thread pool, out of order.
    private sealed class ConsoleProgress : IProgress<string>
    {
        public void Report(string value) => AnsiConsole.MarkupLineInterpolated($"   [grey]{value}[/]");
    }
}
