using LastMile.Events.Tool.Doctor.Facts;
using LastMile.Events.Tool.Doctor.Reading;

namespace LastMile.Events.Tool.Doctor.Checks;

/// <summary>Checks of RabbitMQ, as one service sees it.</summary>
internal static class BrokerChecks
{
    private const uint LongQueue = 10_000;
    private static readonly Version Least = new(3, 10);

    /// <summary>The checks.</summary>
    public static IReadOnlyList<Check<BrokerFacts>> All { get; } =
    [
        new("rabbitmq.reachable", facts => Judgement.Of(facts.Version.Missing is { } reason ? Unreachable(facts, reason) : null)),
        new("rabbitmq.version", facts => Judgement.Of(facts.Version, version => version >= Least ? null : Finding.Error(
            $"The broker is RabbitMQ {version}.",
            "LastMile needs RabbitMQ 3.10 or later.",
            "Upgrade the broker to RabbitMQ 3.13 or 4."))),
        new("rabbitmq.claim", facts => Judgement.Of(facts.Claim, claim => claim != HostClaim.Foreign ? null : Finding.Error(
            $"The lineage of this database belongs to another database on the virtual host '{facts.VirtualHost}'.",
            "The service stays off the bus, so no region receives its purges from it.",
            "Give each database its own lineage, in Invalidator:Lineage, and list all lineages in Region:Lineages of the agents. "
                + $"If this database has replaced the other one: rabbitmqctl delete_queue -p {facts.VirtualHost} {facts.ClaimQueue}"))),
        new("rabbitmq.queues", facts => Judgement.On(
            facts.Queues, queues => Judgement.Of(Working(queues).Select(queue => Missing(queue.Key, queue.Value))))),
        new("rabbitmq.queue-type", facts => Judgement.On(facts.Queues, queues => Judgement.Of(queues
            .Where(queue => queue.Value is { IsQuorum: false, Consumers: 0 })
            .Select(queue => Finding.Warning(
                $"The queue {queue.Key} is a classic queue.",
                "A service with RabbitMq:QuorumQueues = true, the default, stays off the bus: a queue can't change its type.",
                "Set RabbitMq:QuorumQueues to false; or, when the queue is empty and the services are stopped: "
                    + $"rabbitmqctl delete_queue -p {facts.VirtualHost} {queue.Key}"))))),
        new("rabbitmq.backlog", facts => Judgement.On(facts.Queues, queues => Judgement.Of(Working(queues)
            .Where(queue => queue.Value is { Messages: >= LongQueue })
            .Select(queue => Finding.Warning(
                $"{queue.Value!.Messages:N0} messages wait in {queue.Key}.",
                "Purges are late.",
                "Check that the service that consumes the queue is ready, and its load."))))),
        new("rabbitmq.failed-messages", facts => Judgement.On(facts.Queues, queues => Judgement.Of(queues
            .Where(queue => IsFailureQueue(queue.Key) && queue.Value is { Messages: > 0 })
            .Select(queue => Finding.Warning(
                $"{queue.Value!.Messages:N0} messages are in {queue.Key}.",
                "They were rejected: those of lastmile.changes.* purged nothing.",
                "Read the reason in the header MT-Fault-Message and fix the publisher; then "
                    + $"rabbitmqctl purge_queue -p {facts.VirtualHost} {queue.Key}"))))),
        new("rabbitmq.rights", facts => Judgement.Of(facts.Refusals, refusals => refusals.Count == 0 ? null : Finding.Error(
            $"The user {facts.User} lacks permissions: {string.Join("; ", refusals.Take(3))}.",
            "The service fails when it starts, or when it publishes.",
            $"rabbitmqctl set_permissions -p {facts.VirtualHost} {facts.User} '<configure>' '<write>' '<read>', with the three patterns of "
                + "deploy/rabbitmq-definitions.json for this user; 'lastmile setup rabbitmq' prints them."))),
        new("rabbitmq.alarm", facts => Judgement.Of(facts.Alarm, alarm => alarm is null ? null : Finding.Error(
            $"The broker accepts no messages: {alarm}.",
            "Purges still reach regions by replication, but none is announced, and agents are silent.",
            "See rabbitmq-diagnostics alarms. Free memory or disk space, raise vm_memory_high_watermark, or lower disk_free_limit."))),
    ];

    private static IEnumerable<KeyValuePair<string, QueueFacts?>> Working(IReadOnlyDictionary<string, QueueFacts?> queues) =>
        queues.Where(queue => !IsFailureQueue(queue.Key));

    private static bool IsFailureQueue(string name) =>
        name.EndsWith("_error", StringComparison.Ordinal) || name.EndsWith("_skipped", StringComparison.Ordinal);

    private static Finding? Missing(string name, QueueFacts? queue)
    {
        var service = name.StartsWith(BusRole.QueueOf(""), StringComparison.Ordinal)
            ? $"the agent of region {name[BusRole.QueueOf("").Length..]}"
            : "the Invalidator";
        return queue switch
        {
            null => Finding.Error(
                $"The queue {name} does not exist.",
                $"On this virtual host, {service} has never run.",
                $"Start {service} with this RabbitMq:Uri, and check its /health/ready."),
            { Consumers: 0 } => Finding.Error(
                $"The queue {name} has no consumer, and {queue.Messages:N0} messages wait.",
                $"On this virtual host, {service} does not run, or is off the bus.",
                $"Start {service}, and check its /health/ready."),
            _ => null,
        };
    }

    private static Finding Unreachable(BrokerFacts facts, string reason) => Finding.Error(
        $"The login of {facts.User} to {facts.Address} fails: {reason}",
        "The service is off the bus.",
        reason switch
        {
            _ when reason.Contains("not found", StringComparison.Ordinal) && reason.Contains("vhost", StringComparison.Ordinal) =>
                $"rabbitmqctl add_vhost {facts.VirtualHost}; then set the users' permissions: 'lastmile setup rabbitmq'. "
                    + "Or correct the virtual host in RabbitMq:Uri.",
            _ when reason.Contains("access to vhost", StringComparison.Ordinal) =>
                $"rabbitmqctl set_permissions -p {facts.VirtualHost} {facts.User} '<configure>' '<write>' '<read>': "
                    + "'lastmile setup rabbitmq' prints the patterns.",
            _ when reason.Contains("ACCESS_REFUSED", StringComparison.Ordinal) =>
                $"Correct the password in RabbitMq:Uri, or set it: rabbitmqctl change_password {facts.User}",
            _ when reason.Contains("certificate", StringComparison.OrdinalIgnoreCase) =>
                "Set RabbitMq:CaCertificate to the PEM file of the CA that signed the broker's certificate.",
            _ => "Check that the broker runs, that this machine reaches it, and the host and port in RabbitMq:Uri.",
        });
}
