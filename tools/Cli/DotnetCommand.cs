using System.Diagnostics;

namespace LastMile.Events.Cli;

/// <summary>Runs <c>dotnet</c>, whose output goes to the console.</summary>
internal static class DotnetCommand
{
    /// <summary>Runs a command; returns whether it succeeded.</summary>
    /// <param name="arguments">The arguments, such as <c>build</c> and a project file.</param>
    /// <param name="cancellationToken">Ends the command and its child processes.</param>
    public static async Task<bool> SucceedsAsync(string[] arguments, CancellationToken cancellationToken)
    {
        using var command = Process.Start(new ProcessStartInfo("dotnet", arguments) { UseShellExecute = false })!;
        try
        {
            await command.WaitForExitAsync(cancellationToken);
        }
        catch (OperationCanceledException)
        {
            command.Kill(entireProcessTree: true);
            throw;
        }

        return command.ExitCode == 0;
    }
}
