using LastMile.Events.Messages;
using LastMile.Events.RegionAgent.Verdicts;
using static LastMile.Events.Messages.LagSeverity;
using static LastMile.Events.Messages.LinkState;
using static LastMile.Events.RegionAgent.Verdicts.Verdict;

namespace RegionAgent.Tests;

/// <summary>One observation of a region, and the verdicts before and after it; durations in seconds.</summary>
internal sealed record Transition(string Why, Verdict Before, Verdict After)
{
    /// <summary>The severity of the open episode before the observation; null for none.</summary>
    public LagSeverity? Was { get; init; }

    /// <summary>The severity of the open episode after it; null for none.</summary>
    public LagSeverity? Is { get; init; }

    public LinkState Link { get; init; } = Up;

    public double Lag { get; init; }

    public double OutFor { get; init; }

    public double MessageAge { get; init; }

    /// <summary>Whether the region's Redis refuses replicated commands.</summary>
    public bool Refuses { get; init; }

    public double? HealthyFor { get; init; }

    public double? SyncedAgo { get; init; }

    public bool Received { get; init; } = true;

    public bool Shown { get; init; } = true;
}

/// <summary>
/// Every transition, with the default thresholds: a warning from 0.5 s of lag or a 2 s outage, critical from 10 s, healthy below 0.25 s of
/// lag, recovered after 1 s of being healthy, and BusSilent after 5 s.
/// </summary>
internal static class VerdictTransitions
{
    public static readonly Transition[] All =
    [
        new("no message received yet", Unknown, Unknown) { Received = false },
        new("no watermark read yet", Unknown, Unknown) { Shown = false },
        new("no message received for a long time", Unknown, Unknown) { Received = false, MessageAge = 60 },
        new("lag does not count before the watermark is read", Unknown, Unknown) { Shown = false, Lag = 30 },
        new("the first message and the first watermark", Unknown, Converged),
        new("lag from the start", Unknown, Lagging) { Lag = 0.5, Is = Warning },
        new("no link from the start", Unknown, Disconnected) { Link = Down, OutFor = 2, Received = false, Is = Warning },
        new("a resync before any message or watermark", Unknown, Resyncing) { Link = Syncing, Received = false, Shown = false },
        new("no server from the start", Unknown, Verdict.Unreachable)
        {
            Link = LinkState.Unreachable, OutFor = 2, Received = false, Shown = false, Is = Warning,
        },
        new("the first watermark long after the last message", Unknown, BusSilent) { MessageAge = 5 },
        new("commands are refused from the start", Unknown, Diverged) { Refuses = true, Is = Warning },

        new("no problem", Converged, Converged),
        new("lag below the threshold", Converged, Converged) { Lag = 0.49 },
        new("a short link outage", Converged, Converged) { Link = Down, OutFor = 1.9 },
        new("a short server outage", Converged, Converged) { Link = LinkState.Unreachable, OutFor = 1.9 },
        new("a short silence of the bus", Converged, Converged) { MessageAge = 4.9 },
        new("lag at the threshold", Converged, Lagging) { Lag = 0.5, Is = Warning },
        new("lag that is critical at once", Converged, Lagging) { Lag = 10, Is = Critical },
        new("lag and a silent bus", Converged, Lagging) { Lag = 5, MessageAge = 5, Is = Warning },
        new("a long link outage", Converged, Disconnected) { Link = Down, OutFor = 2, Is = Warning },
        new("a critically long link outage", Converged, Disconnected) { Link = Down, OutFor = 10, Is = Critical },
        new("a short link outage and a missing purge", Converged, Disconnected) { Link = Down, Lag = 0.5, OutFor = 0.6, Is = Warning },
        new("a resync", Converged, Resyncing) { Link = Syncing },
        new("a resync excuses lag", Converged, Resyncing) { Link = Syncing, Lag = 9.9 },
        new("a resync with critical lag", Converged, Resyncing) { Link = Syncing, Lag = 10, Is = Critical },
        new("a long server outage", Converged, Verdict.Unreachable) { Link = LinkState.Unreachable, OutFor = 2, Is = Warning },
        new("a short server outage and a missing purge", Converged, Verdict.Unreachable)
        {
            Link = LinkState.Unreachable, Lag = 0.5, OutFor = 0.6, Is = Warning,
        },
        new("a silent bus", Converged, BusSilent) { MessageAge = 5 },
        new("commands are refused", Converged, Diverged) { Refuses = true, Is = Warning },
        new("commands are refused, and purges are critically late", Converged, Diverged) { Refuses = true, Lag = 10, Is = Critical },

        new("the region catches up before any message is received", Lagging, Unknown) { Was = Warning, Received = false, HealthyFor = 1 },
        new("healthy for long enough", Lagging, Converged) { Was = Critical, HealthyFor = 1 },
        new("lag continues", Lagging, Lagging) { Was = Warning, Lag = 0.5, Is = Warning },
        new("lag stays inside the hysteresis", Lagging, Lagging) { Was = Warning, Lag = 0.25, HealthyFor = 1, Is = Warning },
        new("lag has ended, but not for long enough", Lagging, Lagging) { Was = Warning, Lag = 0.24, HealthyFor = 0.9, Is = Warning },
        new("lag becomes critical", Lagging, Lagging) { Was = Warning, Lag = 10, Is = Critical },
        new("lag falls, severity does not", Lagging, Lagging) { Was = Critical, Lag = 0.5, Is = Critical },
        new("the bus becomes silent during an episode", Lagging, Lagging) { Was = Warning, Lag = 7, MessageAge = 7, Is = Warning },
        new("a region without a watermark is not healthy", Lagging, Lagging) { Was = Warning, Shown = false, HealthyFor = 1, Is = Warning },
        new("the link fails too", Lagging, Disconnected) { Was = Warning, Link = Down, Lag = 0.5, OutFor = 0.1, Is = Warning },
        new("a resync begins", Lagging, Resyncing) { Was = Warning, Link = Syncing, Lag = 3, Is = Warning },
        new("the server fails too", Lagging, Verdict.Unreachable)
        {
            Was = Warning, Link = LinkState.Unreachable, Lag = 0.5, OutFor = 0.1, Is = Warning,
        },
        new("healthy for long enough, and the bus is silent", Lagging, BusSilent) { Was = Warning, HealthyFor = 1, MessageAge = 5 },
        new("the late purges were refused", Lagging, Diverged) { Was = Warning, Refuses = true, Lag = 1, Is = Warning },

        new("the link is back, no message received", Disconnected, Unknown) { Was = Warning, Received = false, HealthyFor = 1 },
        new("the link is back, healthy for long enough", Disconnected, Converged) { Was = Critical, HealthyFor = 1 },
        new("the link is back, purges are late", Disconnected, Lagging) { Was = Warning, Lag = 3, Is = Warning },
        new("the link is back, healthy, but not for long enough", Disconnected, Disconnected)
        {
            Was = Warning, HealthyFor = 0.9, Is = Warning,
        },
        new("the outage becomes critical", Disconnected, Disconnected) { Was = Warning, Link = Down, OutFor = 10, Is = Critical },
        new("the bus fails together with the link", Disconnected, Disconnected)
        {
            Was = Warning, Link = Down, OutFor = 6, MessageAge = 6, Is = Warning,
        },
        new("the link is back with a resync", Disconnected, Resyncing) { Was = Warning, Link = Syncing, Lag = 3, Is = Warning },
        new("the server fails after the link", Disconnected, Verdict.Unreachable)
        {
            Was = Warning, Link = LinkState.Unreachable, OutFor = 3, Is = Warning,
        },
        new("the link is back, the bus is silent", Disconnected, BusSilent) { Was = Warning, HealthyFor = 1, MessageAge = 5 },
        new("the link is back, and replicated commands are refused", Disconnected, Diverged)
        {
            Was = Warning, Refuses = true, Is = Warning,
        },

        new("the resync has ended, no message received", Resyncing, Unknown) { HealthyFor = 1, Received = false },
        new("the resync has ended, healthy for long enough", Resyncing, Converged) { HealthyFor = 1, SyncedAgo = 1 },
        new("the resync has ended, and the episode with it", Resyncing, Converged) { Was = Critical, HealthyFor = 1, SyncedAgo = 1 },
        new("the region lags after the resync", Resyncing, Lagging) { Lag = 0.5, SyncedAgo = 2, Is = Warning },
        new("the region lags after the resync, in an episode", Resyncing, Lagging) { Was = Warning, Lag = 3, SyncedAgo = 2, Is = Warning },
        new("the resync failed, and the link stays down", Resyncing, Disconnected) { Link = Down, OutFor = 2, SyncedAgo = 2, Is = Warning },
        new("the resync continues", Resyncing, Resyncing) { Link = Syncing },
        new("the resync has just ended", Resyncing, Resyncing) { SyncedAgo = 0.9, HealthyFor = 0.9 },
        new("the resync has just ended, in an episode", Resyncing, Resyncing)
        {
            Was = Warning, SyncedAgo = 0.9, HealthyFor = 0.9, Is = Warning,
        },
        new("the resync has just ended, the stream is held back", Resyncing, Resyncing) { Lag = 1.9, SyncedAgo = 1.9 },
        new("the resync has just ended, the stream is held back, in an episode", Resyncing, Resyncing)
        {
            Was = Warning, Lag = 1.9, SyncedAgo = 1.9, Is = Warning,
        },
        new("the resync has just ended, with critical lag", Resyncing, Resyncing) { Lag = 10, SyncedAgo = 0.1, Is = Critical },
        new("the resync failed, and the link is down for a moment", Resyncing, Resyncing) { Link = Down, OutFor = 0.1 },
        new("the resync has just ended, and the bus is silent", Resyncing, Resyncing) { HealthyFor = 0.9, MessageAge = 5 },
        new("the server fails during the resync", Resyncing, Verdict.Unreachable)
        {
            Link = LinkState.Unreachable, OutFor = 2, SyncedAgo = 2, Is = Warning,
        },
        new("the resync has ended, healthy for long enough, and the bus is silent", Resyncing, BusSilent)
        {
            HealthyFor = 1, MessageAge = 5,
        },
        new("the resync has ended, and commands are refused", Resyncing, Diverged) { Refuses = true, SyncedAgo = 2, Is = Warning },
        new("commands are refused right after the resync", Resyncing, Resyncing) { Refuses = true, SyncedAgo = 1, Is = Warning },

        new("the server is up, no message received", Verdict.Unreachable, Unknown) { Was = Warning, Received = false, HealthyFor = 1 },
        new("the server is back, healthy for long enough", Verdict.Unreachable, Converged) { Was = Critical, HealthyFor = 1 },
        new("the server is back, purges are late", Verdict.Unreachable, Lagging) { Was = Warning, Lag = 3, Is = Warning },
        new("the server is back without its link", Verdict.Unreachable, Disconnected)
        {
            Was = Warning, Link = Down, OutFor = 3, Is = Warning,
        },
        new("the server is back with a resync", Verdict.Unreachable, Resyncing) { Was = Warning, Link = Syncing, Lag = 3, Is = Warning },
        new("the server is back, healthy, but not for long enough", Verdict.Unreachable, Verdict.Unreachable)
        {
            Was = Critical, Is = Critical,
        },
        new("the server stays down", Verdict.Unreachable, Verdict.Unreachable)
        {
            Was = Warning, Link = LinkState.Unreachable, OutFor = 5, Is = Warning,
        },
        new("the server outage becomes critical", Verdict.Unreachable, Verdict.Unreachable)
        {
            Was = Warning, Link = LinkState.Unreachable, OutFor = 10, Is = Critical,
        },
        new("the server is back, the bus is silent", Verdict.Unreachable, BusSilent) { Was = Warning, HealthyFor = 1, MessageAge = 5 },
        new("the server is back and refuses commands", Verdict.Unreachable, Diverged) { Was = Warning, Refuses = true, Is = Warning },

        new("a message arrives", BusSilent, Converged),
        new("an earlier purge is late", BusSilent, Lagging) { Lag = 0.5, MessageAge = 5, Is = Warning },
        new("the link fails after the bus", BusSilent, Disconnected) { Link = Down, OutFor = 2, MessageAge = 5, Is = Warning },
        new("a resync while the bus is silent", BusSilent, Resyncing) { Link = Syncing, MessageAge = 5 },
        new("the server fails after the bus", BusSilent, Verdict.Unreachable)
        {
            Link = LinkState.Unreachable, OutFor = 2, MessageAge = 5, Is = Warning,
        },
        new("the bus stays silent", BusSilent, BusSilent) { MessageAge = 600 },
        new("a short link outage while the bus is silent", BusSilent, BusSilent) { Link = Down, OutFor = 1.9, MessageAge = 5 },
        new("commands are refused while the bus is silent", BusSilent, Diverged) { Refuses = true, MessageAge = 5, Is = Warning },

        new("no command is refused any more, no message received", Diverged, Unknown) { Was = Warning, Received = false, HealthyFor = 1 },
        new("no command is refused, healthy for long enough", Diverged, Converged) { Was = Warning, HealthyFor = 1 },
        new("no command is refused any more, purges are late", Diverged, Lagging) { Was = Warning, Lag = 0.5, Is = Warning },
        new("the link fails after commands were refused", Diverged, Disconnected)
        {
            Was = Warning, Link = Down, OutFor = 0.1, Is = Warning,
        },
        new("a resync follows refused commands", Diverged, Resyncing) { Was = Warning, Link = Syncing, Is = Warning },
        new("the server fails after commands were refused", Diverged, Verdict.Unreachable)
        {
            Was = Warning, Link = LinkState.Unreachable, OutFor = 0.1, Is = Warning,
        },
        new("healthy for long enough, and the bus is silent", Diverged, BusSilent) { Was = Warning, HealthyFor = 1, MessageAge = 5 },
        new("commands are still refused", Diverged, Diverged) { Was = Warning, Refuses = true, HealthyFor = 1, Is = Warning },
        new("no command is refused, but not for long enough", Diverged, Diverged) { Was = Warning, HealthyFor = 0.9, Is = Warning },
    ];

    /// <summary>Impossible transitions: after the first message and the first watermark, these verdicts can't return to Unknown.</summary>
    public static readonly (Verdict, Verdict)[] Impossible = [(Converged, Unknown), (BusSilent, Unknown)];
}
