using System.Diagnostics.CodeAnalysis;
using System.Text.RegularExpressions;
using LastMile.Events.Tool.Doctor.Facts;
using Npgsql;
using RabbitMQ.Client.Exceptions;
using StackExchange.Redis;

namespace LastMile.Events.Tool.Doctor.Reading;

/// <summary>Reads one fact, with a timeout. A failure becomes the reason why the fact is unknown.</summary>
internal static partial class Probe
{
    /// <summary>How long a read may take.</summary>
    public static readonly TimeSpan Timeout = TimeSpan.FromSeconds(5);

    /// <summary>Reads a fact.</summary>
    /// <param name="read">Reads the value.</param>
    /// <param name="cancellationToken">Cancels the command.</param>
    [SuppressMessage("Design", "CA1031", Justification = "One failed check must not stop the others.")]
    public static async Task<Fact<T>> ReadAsync<T>(Func<CancellationToken, Task<T>> read, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(Timeout);
        try
        {
            return Fact<T>.Known(await read(limit.Token).WaitAsync(limit.Token));
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return Fact<T>.Unknown($"No answer within {Timeout.TotalSeconds:0} s.");
        }
        catch (Exception failure) when (!cancellationToken.IsCancellationRequested)
        {
            return Fact<T>.Unknown(Explain(failure));
        }
    }

    /// <summary>Returns why something failed: the message of the innermost exception, as a sentence.</summary>
    public static string Explain(Exception failure)
    {
        var cause = failure.GetBaseException();
        var text = cause switch
        {
            PostgresException refused => refused.MessageText,
            OperationInterruptedException { ShutdownReason: { } reason } => reason.ReplyText,
            _ => cause.Message,
        };
        if (cause is RedisException)
            text = ClientState().Replace(text, "");
        text = text.ReplaceLineEndings(" ").TrimEnd(' ', ',', ';', '.');
        return text + ".";
    }

    // StackExchange.Redis appends its counters, queues and threads, which fill a screen.
    [GeneratedRegex(
        @"(?:, (?:[A-Za-z-]+: |command=|[A-Za-z]+/[A-Za-z]+, )| \(Please take a look).*$",
        RegexOptions.Singleline | RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant,
        matchTimeoutMilliseconds: 1000)]
    private static partial Regex ClientState();
}
