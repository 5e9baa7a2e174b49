using LastMile.Events.Messages;
using LastMile.Events.RegionAgent.Configuration;
using LastMile.Events.RegionAgent.Verdicts;

namespace RegionAgent.Tests;

/// <summary>Short constructors for observations and states.</summary>
internal static class Seen
{
    public static readonly RegionOptions Options = new() { Name = "ams" };

    public static readonly Guid FirstEpisode = Guid.Parse("00000000-0000-0000-0000-000000000001");

    public static Moment At(double seconds) => new(TimeSpan.FromSeconds(seconds), DateTimeOffset.UnixEpoch.AddSeconds(seconds));

    public static Observation Of(
        double at,
        LinkState link = LinkState.Up,
        double lag = 0,
        double outFor = 0,
        bool received = true,
        bool seen = true,
        double messageAge = 0,
        long late = 0,
        long repaired = 0) => new()
        {
            Now = At(at),
            Received = received,
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

    /// <summary>Returns a state at second 100, with an open episode if a severity is given.</summary>
    public static VerdictState State(
        Verdict verdict, LagSeverity? severity = null, double? healthySince = null, double? syncedAt = null) => new(
        verdict,
        At(90),
        healthySince is { } healthy ? At(healthy) : null,
        syncedAt is { } synced ? At(synced) : null,
        severity is { } worst ? new Episode(FirstEpisode, worst, At(90), TimeSpan.FromSeconds(3), 5, 40) : null,
        Of(100));
}
