using System.Text.RegularExpressions;
using RabbitMQ.Client;
using RabbitMQ.Client.Exceptions;

namespace LastMile.Events.Hosting;

/// <summary>
/// Explains that a queue or an exchange on the broker differs from the service's declaration. RabbitMQ does not change it, and refuses the
/// declaration.
/// </summary>
internal static partial class QueueMismatch
{
    private const string QueueType = "x-queue-type";

    /// <summary>Returns the mismatch and what to do; null when the failure is not a mismatch.</summary>
    /// <param name="failure">The failure of an endpoint.</param>
    /// <param name="quorumQueues"><c>RabbitMq:QuorumQueues</c>.</param>
    public static string? Explain(Exception failure, bool quorumQueues) => Causes(failure).OfType<OperationInterruptedException>()
        .Where(refused => refused.ShutdownReason?.ReplyCode == Constants.PreconditionFailed)
        .Select(refused => Inequivalent().Match(refused.ShutdownReason!.ReplyText)).Where(match => match.Success)
        .Select(match => Explain(
            match.Groups["argument"].Value,
            match.Groups["kind"].Value,
            match.Groups["name"].Value,
            match.Groups["host"].Value,
            quorumQueues))
        .FirstOrDefault();

    private static string Explain(string argument, string kind, string name, string host, bool quorumQueues)
    {
        var delete = kind == "queue"
            ? $"when it is empty, stop the services that use it, delete it (rabbitmqctl delete_queue -p {host} {name}) and start them again"
            : "stop the services that use it, delete it and start them again";
        if (argument != QueueType)
        {
            return $"rabbitmq has the {kind} '{name}' with another {argument} than this service declares, "
                + $"and refuses the service: {delete}.";
        }

        var (has, wanted) = quorumQueues ? ("classic", "quorum") : ("quorum", "classic");
        return $"rabbitmq has the queue '{name}' as a {has} queue, and RabbitMq:QuorumQueues = {Setting(quorumQueues)} declares a {wanted} "
            + "one; a queue can't change its type. "
            + $"Set RabbitMq:QuorumQueues to {Setting(!quorumQueues)}; or, {delete}.";
    }

    private static string Setting(bool value) => value ? "true" : "false";

    private static IEnumerable<Exception> Causes(Exception failure)
    {
        for (var cause = failure; cause is not null; cause = cause.InnerException)
            yield return cause;
    }

    // PRECONDITION_FAILED - inequivalent arg 'x-queue-type' for queue 'lastmile.changes' in vhost '/': received none but current is …
    [GeneratedRegex(
        "inequivalent arg '(?<argument>[^']+)' for (?<kind>queue|exchange) '(?<name>[^']+)' in vhost '(?<host>[^']+)'",
        RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant,
        matchTimeoutMilliseconds: 1000)]
    private static partial Regex Inequivalent();
}
