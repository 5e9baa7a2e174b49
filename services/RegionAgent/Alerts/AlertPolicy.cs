using LastMile.Events.Messages;
using LastMile.Events.RegionAgent.Verdicts;

namespace LastMile.Events.RegionAgent.Alerts;

/// <summary>Decides which changes of state raise an alert: an episode begins, becomes critical, or ends.</summary>
internal static class AlertPolicy
{
    public static QueuedAlert? Decide(
        VerdictState previous, VerdictState next, string region, string lineage = LineageName.Default) =>
        (previous.Episode, next.Episode) switch
        {
            (null, { } begun) => new QueuedAlert(Detected(begun, next.Observation, region, lineage)),
            ({ } before, { } now) when now.Severity > before.Severity =>
                new QueuedAlert(Detected(now, next.Observation, region, lineage)),
            ({ } ended, null) => new QueuedAlert(Recovered(ended, next, region, lineage)),
            _ => null,
        };

    private static ReplicaLagDetected Detected(Episode episode, Observation seen, string region, string lineage) => new(
        episode.Id,
        region,
        episode.Severity,
        seen.Behind,
        seen.Lag.TotalMilliseconds,
        seen.BehindBytes,
        seen.Link,
        episode.Since.At,
        seen.Now.At)
    {
        Lineage = lineage,
        RefusedCommands = episode.Refused,
    };

    private static ReplicaLagRecovered Recovered(Episode episode, VerdictState next, string region, string lineage)
    {
        var end = next.HealthySince ?? next.Observation.Now;
        return new ReplicaLagRecovered(
            episode.Id,
            region,
            episode.Severity,
            (end.Clock - episode.Since.Clock).TotalMilliseconds,
            episode.WorstLag.TotalMilliseconds,
            episode.Late + next.Observation.Late,
            next.Observation.Now.At)
        {
            Lineage = lineage,
            RepairedKeys = episode.Repaired + next.Observation.Repaired,
            RefusedCommands = episode.Refused + next.Observation.Refused,
        };
    }
}
