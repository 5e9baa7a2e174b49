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
            Description = $"How many regions, from 1 to {Names.Length}: a Redis replica, an agent and a Storefront each.",
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

    public static async Task<LastMileSystem> StartAsync(int regions, int products, CancellationToken cancellationToken) =>
        await LastMileSystem.StartAsync(
            // Command line tests run alongside other tests, on their shared servers.
            new FabricOptions { Regions = Names[..regions], Shared = ServerAddresses.FromEnvironment() },
            products,
            new ConsoleProgress(),
            cancellationToken: cancellationToken);

    // Progress<T> would report lines from the thread pool, out of order.
    private sealed class ConsoleProgress : IProgress<string>
    {
        public void Report(string value) => AnsiConsole.MarkupLineInterpolated($"   [grey]{value}[/]");
    }
}
