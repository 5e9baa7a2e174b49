using LastMile.Events.Messages;
using LastMile.Events.RegionAgent.Verdicts;

namespace LastMile.Events.RegionAgent.Alerts;

/// <summary>Decides which changes of state raise an alert: an episode begins, becomes critical, or ends.</summary>
internal static class AlertPolicy
{
    public static QueuedAlert? Decide(VerdictState previous, VerdictState next, string region) => (previous.Episode, next.Episode) switch
    {
        (null, { } begun) => new QueuedAlert(Detected(begun, next.Observation, region)),
        ({ } before, { } now) when now.Severity > before.Severity => new QueuedAlert(Detected(now, next.Observation, region)),
        ({ } ended, null) => new QueuedAlert(Recovered(ended, next, region)),
        _ => null,
    };

    private static ReplicaLagDetected Detected(Episode episode, Observation seen, string region) => new(
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
        RefusedCommands = episode.Refused,
    };

    private static ReplicaLagRecovered Recovered(Episode episode, VerdictState next, string region)
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
            RepairedKeys = episode.Repaired + next.Observation.Repaired,
            RefusedCommands = episode.Refused + next.Observation.Refused,
        };
    }
}
