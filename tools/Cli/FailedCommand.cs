using System.Diagnostics.CodeAnalysis;
using LastMile.Events.Fabric;

namespace LastMile.Events.Cli;

/// <summary>Reports in a sentence why a command failed. The stack trace goes into a file, for a report of the fault.</summary>
internal static class FailedCommand
{
    private const int Failed = 1;

    // As a shell reports a program that Ctrl-C ended: 128 and SIGINT's number.
    private const int Cancelled = 130;

    /// <summary>Runs the command line.</summary>
    /// <param name="command">The command line; returns its exit code.</param>
    /// <param name="error">Where the sentence goes.</param>
    /// <param name="traceFile">Where the stack trace goes.</param>
    [SuppressMessage("Design", "CA1031", Justification = "Every failure of a command ends here.")]
    public static async Task<int> ReportAsync(Func<Task<int>> command, TextWriter error, string traceFile)
    {
        try
        {
            return await command();
        }
        catch (OperationCanceledException)
        {
            return Cancelled;
        }
        catch (Exception failure)
        {
            await error.WriteLineAsync($"lastmile: {Sentence(failure)}");
            // This one says all there is: the server, the reason, the end of its log, what to do.
            if (failure is not ServerStartException)
                await WriteTraceAsync(failure, error, traceFile);
            return Failed;
        }
    }

    // .NET appends the parameter's name to the message of an ArgumentException, in a second line or in parentheses.
    private static string Sentence(Exception failure)
    {
        var message = failure is ArgumentException { ParamName: { } parameter }
            ? failure.Message.Replace($" (Parameter '{parameter}')", "", StringComparison.Ordinal)
            : failure.Message;
        var hasAll = failure is ServerStartException or { InnerException: null } || message.Contains(failure.GetBaseException().Message, StringComparison.Ordinal);
        return hasAll ? message : $"{message} ({failure.GetBaseException().Message})";
    }

    private static async Task WriteTraceAsync(Exception failure, TextWriter error, string traceFile)
    {
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(traceFile)!);
            await File.WriteAllTextAsync(traceFile, failure + Environment.NewLine);
            await error.WriteLineAsync($"lastmile: the details are in {traceFile}");
        }
        catch (Exception unwritable) when (unwritable is IOException or UnauthorizedAccessException)
        {
            // The sentence has to do.
        }
    }
}
