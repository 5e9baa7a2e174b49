using System.Diagnostics.CodeAnalysis;

namespace LastMile.Events.Tool;

/// <summary>Reports the reason of a failure in one sentence, and writes the stack trace to a file, for bug reports.</summary>
internal static class FailedCommand
{
    private const int Failed = 1;

    // A shell's exit code for a program that Ctrl-C ended: 128 plus the number of SIGINT.
    private const int Cancelled = 130;

    /// <summary>Runs the command line and reports its failure.</summary>
    /// <param name="command">Runs the command; returns its exit code.</param>
    /// <param name="error">The writer for the sentence.</param>
    /// <param name="traceFile">The file for the stack trace.</param>
    /// <param name="isComplete">Whether an exception's message needs neither its inner messages nor a stack trace.</param>
    [SuppressMessage("Design", "CA1031", Justification = "Every failure of a command ends here.")]
    public static async Task<int> ReportAsync(Func<Task<int>> command, TextWriter error, string traceFile, Func<Exception, bool> isComplete)
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
            var complete = isComplete(failure);
            await error.WriteLineAsync($"lastmile: {(complete ? failure.Message : Sentence(failure))}");
            if (!complete)
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
        var hasAll = failure.InnerException is null || message.Contains(failure.GetBaseException().Message, StringComparison.Ordinal);
        return hasAll ? message : $"{message} ({failure.GetBaseException().Message})";
    }

    private static async Task WriteTraceAsync(Exception failure, TextWriter error, string traceFile)
    {
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(traceFile)!);
            await File.WriteAllTextAsync(traceFile, failure + Environment.NewLine);
            await error.WriteLineAsync($"lastmile: see {traceFile} for details");
        }
        catch (Exception unwritable) when (unwritable is IOException or UnauthorizedAccessException)
        {
            // The user still has the sentence.
        }
    }
}
