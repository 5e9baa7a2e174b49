using System.CommandLine;
using Spectre.Console;

namespace LastMile.Events.Cli;

/// <summary><c>./lastmile down</c>: stops the system that <c>up</c> started in another shell.</summary>
internal sealed class DownCommand : Command
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    public DownCommand()
        : base("down", "Stop the system that './lastmile up' started in another shell.") =>
        SetAction((_, cancellationToken) => RunAsync(cancellationToken));

    private static async Task<int> RunAsync(CancellationToken cancellationToken)
    {
        if (UpFile.FindProcess() is not { } process)
        {
            AnsiConsole.MarkupLine("No system is running.");
            return 0;
        }

        using (process)
        {
            UpFile.RequestEnd(process);
            try
            {
                await process.WaitForExitAsync(cancellationToken).WaitAsync(Patience, cancellationToken);
            }
            catch (TimeoutException)
            {
                AnsiConsole.MarkupLine(
                    $"[red]Process {process.Id} did not stop within {Patience.TotalSeconds} s.[/] "
                    + $"Kill it with: kill -9 {process.Id} (this also stops its servers)");
                return 1;
            }
        }

        AnsiConsole.MarkupLine("Stopped.");
        return 0;
    }
}
