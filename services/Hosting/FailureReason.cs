using System.Text.RegularExpressions;
using StackExchange.Redis;

namespace LastMile.Events.Hosting;

/// <summary>Explains failures to operators.</summary>
public static partial class FailureReason
{
    /// <summary>
    /// Returns why something failed: the message of the innermost exception, as a sentence. Removes the client's counters, queues and
    /// threads from StackExchange.Redis' messages, where they fill a screen.
    /// </summary>
    /// <param name="failure">The failure.</param>
    public static string Reason(this Exception failure)
    {
        ArgumentNullException.ThrowIfNull(failure);
        var cause = failure.GetBaseException();
        var message = cause is RedisConnectionException or RedisTimeoutException ? ClientState().Replace(cause.Message, "") : cause.Message;
        message = message.TrimEnd(' ', ',', ';', '\r', '\n');
        return message.EndsWith('.') ? message : message + ".";
    }

    // Matches the part after the message: ", mc: 1/1/0, clientName: …", ", command=GET, timeout: 5000, …",
    // ", Initializing/NotStarted, last: NONE, …", " (Please take a look at this article …".
    [GeneratedRegex(
        @"(?:, (?:[A-Za-z-]+: |command=|[A-Za-z]+/[A-Za-z]+, )| \(Please take a look).*$",
        RegexOptions.Singleline | RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant,
        matchTimeoutMilliseconds: 1000)]
    private static partial Regex ClientState();
}
