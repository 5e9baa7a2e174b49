using System.CommandLine;
using Spectre.Console;

namespace LastMile.Events.Cli;

/// <summary><c>./lastmile down</c>: ends what <c>up</c> started in another shell.</summary>
internal sealed class DownCommand : Command
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    public DownCommand()
        : base("down", "End what './lastmile up' started, from another shell.") =>
        SetAction((_, cancellationToken) => RunAsync(cancellationToken));

    private static async Task<int> RunAsync(CancellationToken cancellationToken)
    {
        if (UpFile.FindProcess() is not { } process)
        {
            AnsiConsole.MarkupLine("Nothing is up.");
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
                AnsiConsole.MarkupLineInterpolated($"[red]Process {process.Id} has not ended within {Patience.TotalSeconds} s.[/] End it with: kill -9 {process.Id} (its servers go with it)");
                return 1;
            }
        }

        AnsiConsole.MarkupLine("Ended.");
        return 0;
    }
}
