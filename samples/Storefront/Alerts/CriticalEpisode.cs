using LastMile.Events.Messages;
using Storefront.Cache;

namespace Storefront.Alerts;

/// <summary>
/// Tracks this region's episodes and distrusts its cache while one is critical. Alerts report new episodes; an Invalidator's answer reports
/// one that began before this instance subscribed. Thread-safe.
/// </summary>
internal sealed class CriticalEpisode(RegionTrust trust, TimeProvider time)
{
    // The Invalidator that answers may receive an alert later than this instance does, so for this long the alert outranks an answer.
    private static readonly TimeSpan AlertPrecedence = TimeSpan.FromSeconds(10);

    private readonly Lock gate = new();
    private ReplicaLagDetected? open;
    private Guid ended;
    private long? alertedAt;

    public void Detected(ReplicaLagDetected alert)
    {
        lock (gate)
        {
            alertedAt = time.GetTimestamp();
            // The bus may deliver an alert twice, and severity never falls within an episode.
            if (alert.Episode != ended && !(alert.Episode == open?.Episode && alert.Severity < open.Severity))
                Open(alert);
        }
    }

    public void Recovered(ReplicaLagRecovered alert)
    {
        lock (gate)
        {
            alertedAt = time.GetTimestamp();
            ended = alert.Episode;
            // Episode ids come from the agents' clocks, so they don't show which episode is later. An answer corrects a missed recovery.
            if (open?.Episode == alert.Episode)
                Open(null);
        }
    }

    /// <summary>Applies an answer unless a recent alert outranks it. This corrects alerts missed while the bus was lost.</summary>
    public void Reported(RegionEpisodeReported answer)
    {
        lock (gate)
        {
            if (alertedAt is { } at && time.GetElapsedTime(at) < AlertPrecedence)
                return;
            if (answer.Open is null || answer.Open.Episode != ended)
                Open(answer.Open);
        }
    }

    private void Open(ReplicaLagDetected? alert)
    {
        open = alert;
        trust.Set(DistrustReasons.Late, alert?.Severity == LagSeverity.Critical);
    }
}
