using LastMile.Events.Messages;
using LastMile.Events.RegionAgent;
using LastMile.Events.RegionAgent.Verdicts;

namespace RegionAgent.Tests;

/// <summary>Observations and states in short.</summary>
internal static class Seen
{
    public static readonly RegionOptions Options = new() { Name = "ams" };

    public static readonly Guid FirstEpisode = Guid.Parse("00000000-0000-0000-0000-000000000001");

    public static Moment At(double seconds) => new(TimeSpan.FromSeconds(seconds), DateTimeOffset.UnixEpoch.AddSeconds(seconds));

    public static Observation Of(
        double at, LinkState link = LinkState.Up, double lag = 0, double outFor = 0, bool heard = true, bool seen = true, double messageAge = 0, long late = 0, long repaired = 0) => new()
    {
        Now = At(at),
        Received = heard,
        MessageAge = TimeSpan.FromSeconds(messageAge),
        Seen = seen,
        Lag = TimeSpan.FromSeconds(lag),
        Behind = lag > 0 ? 7 : 0,
        Late = late,
        Repaired = repaired,
        Link = link,
        OutFor = TimeSpan.FromSeconds(outFor),
        NextEpisode = FirstEpisode,
    };

    /// <summary>A state as it stands at second 100, with an episode where a severity is given.</summary>
    public static VerdictState State(Verdict verdict, LagSeverity? severity = null, double? healthySince = null, double? syncedAt = null) => new(
        verdict,
        At(90),
        healthySince is { } calm ? At(calm) : null,
        syncedAt is { } synced ? At(synced) : null,
        severity is { } worst ? new Episode(FirstEpisode, worst, At(90), TimeSpan.FromSeconds(3), 5, 40) : null,
        Of(100));
}
