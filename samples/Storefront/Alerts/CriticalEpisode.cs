using LastMile.Events.Messages;
using Storefront.Cache;

namespace Storefront.Alerts;

/// <summary>
/// Follows this region's episodes, and doubts its cache while one is critical: by its alerts as they come, and by answers to what was told
/// before this instance listened. Thread-safe.
/// </summary>
internal sealed class CriticalEpisode(RegionTrust trust, TimeProvider time)
{
    // Who answers hears the alerts too, a little before or after this instance does: until it surely has, what was heard is newer.
    private static readonly TimeSpan Settled = TimeSpan.FromSeconds(10);

    private readonly Lock gate = new();
    private ReplicaLagDetected? open;
    private Guid ended;
    private long? heardAt;

    public void Detected(ReplicaLagDetected alert)
    {
        lock (gate)
        {
            heardAt = time.GetTimestamp();
            // The bus may deliver an alert twice, and severity never falls inside an episode.
            if (alert.Episode != ended && !(alert.Episode == open?.Episode && alert.Severity < open.Severity))
                Open(alert);
        }
    }

    public void Recovered(ReplicaLagRecovered alert)
    {
        lock (gate)
        {
            heardAt = time.GetTimestamp();
            ended = alert.Episode;
            // Nothing tells which of two episodes is the later: agents name them by their clocks. Where an end was missed, an answer tells.
            if (open?.Episode == alert.Episode)
                Open(null);
        }
    }

    /// <summary>An answer counts where nothing newer was heard; then it mends, too, what was missed while the bus was lost.</summary>
    public void Reported(RegionEpisodeReported answer)
    {
        lock (gate)
        {
            if (heardAt is { } at && time.GetElapsedTime(at) < Settled)
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
