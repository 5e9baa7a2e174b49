using LastMile.Events.Messages;
using LastMile.Events.RegionAgent.Verdicts;
using static LastMile.Events.Messages.LagSeverity;
using static LastMile.Events.Messages.LinkState;
using static LastMile.Events.RegionAgent.Verdicts.Verdict;

namespace RegionAgent.Tests;

/// <summary>One look at a region and what comes of it; spans in seconds.</summary>
internal sealed record Transition(string Why, Verdict Before, Verdict After)
{
    /// <summary>The severity of the episode that is open before; null for none.</summary>
    public LagSeverity? Was { get; init; }

    /// <summary>The severity of the one that is open after.</summary>
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
/// Every transition there is, with the default thresholds: warning from 0.5 s of lag or 2 s without link or server, critical from 10 s,
/// calm below 0.25 s of lag, an end after 1 s of calm, deaf after 5 s.
/// </summary>
internal static class VerdictTransitions
{
    public static readonly Transition[] All =
    [
        new("nothing heard yet", Unknown, Unknown) { Received = false },
        new("nothing seen yet", Unknown, Unknown) { Shown = false },
        new("nothing heard yet, for long", Unknown, Unknown) { Received = false, MessageAge = 60 },
        new("lag of a region that was never seen is no lag", Unknown, Unknown) { Shown = false, Lag = 30 },
        new("the first word and the first sight", Unknown, Converged),
        new("lag from the start", Unknown, Lagging) { Lag = 0.5, Is = Warning },
        new("no link from the start", Unknown, Disconnected) { Link = Down, OutFor = 2, Received = false, Is = Warning },
        new("a resync before anything else", Unknown, Resyncing) { Link = Syncing, Received = false, Shown = false },
        new("no server from the start", Unknown, Verdict.Unreachable) { Link = LinkState.Unreachable, OutFor = 2, Received = false, Shown = false, Is = Warning },
        new("the first sight long after the last word", Unknown, BusSilent) { MessageAge = 5 },
        new("commands are refused from the start", Unknown, Diverged) { Refuses = true, Is = Warning },

        new("nothing is wrong", Converged, Converged),
        new("lag below the threshold", Converged, Converged) { Lag = 0.49 },
        new("a link lost for a moment", Converged, Converged) { Link = Down, OutFor = 1.9 },
        new("a server lost for a moment", Converged, Converged) { Link = LinkState.Unreachable, OutFor = 1.9 },
        new("a bus silent for a moment", Converged, Converged) { MessageAge = 4.9 },
        new("lag at the threshold", Converged, Lagging) { Lag = 0.5, Is = Warning },
        new("lag at once critical", Converged, Lagging) { Lag = 10, Is = Critical },
        new("lag and a silent bus", Converged, Lagging) { Lag = 5, MessageAge = 5, Is = Warning },
        new("a link lost for long", Converged, Disconnected) { Link = Down, OutFor = 2, Is = Warning },
        new("a link lost for very long", Converged, Disconnected) { Link = Down, OutFor = 10, Is = Critical },
        new("a link lost and a purge missing", Converged, Disconnected) { Link = Down, Lag = 0.5, OutFor = 0.6, Is = Warning },
        new("a resync is cold", Converged, Resyncing) { Link = Syncing },
        new("a resync is not late", Converged, Resyncing) { Link = Syncing, Lag = 9.9 },
        new("a resync that holds up purges for too long", Converged, Resyncing) { Link = Syncing, Lag = 10, Is = Critical },
        new("a server lost for long", Converged, Verdict.Unreachable) { Link = LinkState.Unreachable, OutFor = 2, Is = Warning },
        new("a server lost and a purge missing", Converged, Verdict.Unreachable) { Link = LinkState.Unreachable, Lag = 0.5, OutFor = 0.6, Is = Warning },
        new("a silent bus", Converged, BusSilent) { MessageAge = 5 },
        new("commands are refused", Converged, Diverged) { Refuses = true, Is = Warning },
        new("commands are refused, and purges are critically late", Converged, Diverged) { Refuses = true, Lag = 10, Is = Critical },

        new("a server that never showed anything catches up, and nothing was heard", Lagging, Unknown) { Was = Warning, Received = false, HealthyFor = 1 },
        new("calm has held", Lagging, Converged) { Was = Critical, HealthyFor = 1 },
        new("lag goes on", Lagging, Lagging) { Was = Warning, Lag = 0.5, Is = Warning },
        new("lag hovers inside the hysteresis", Lagging, Lagging) { Was = Warning, Lag = 0.25, HealthyFor = 1, Is = Warning },
        new("lag is gone, for now", Lagging, Lagging) { Was = Warning, Lag = 0.24, HealthyFor = 0.9, Is = Warning },
        new("lag rises", Lagging, Lagging) { Was = Warning, Lag = 10, Is = Critical },
        new("lag falls, severity does not", Lagging, Lagging) { Was = Critical, Lag = 0.5, Is = Critical },
        new("the bus falls silent in the middle", Lagging, Lagging) { Was = Warning, Lag = 7, MessageAge = 7, Is = Warning },
        new("a region that has not shown anything is not calm", Lagging, Lagging) { Was = Warning, Shown = false, HealthyFor = 1, Is = Warning },
        new("the link goes too", Lagging, Disconnected) { Was = Warning, Link = Down, Lag = 0.5, OutFor = 0.1, Is = Warning },
        new("a resync begins", Lagging, Resyncing) { Was = Warning, Link = Syncing, Lag = 3, Is = Warning },
        new("the server goes too", Lagging, Verdict.Unreachable) { Was = Warning, Link = LinkState.Unreachable, Lag = 0.5, OutFor = 0.1, Is = Warning },
        new("calm has held, and the bus is silent", Lagging, BusSilent) { Was = Warning, HealthyFor = 1, MessageAge = 5 },
        new("what is late was refused", Lagging, Diverged) { Was = Warning, Refuses = true, Lag = 1, Is = Warning },

        new("the link is back, and nothing was heard", Disconnected, Unknown) { Was = Warning, Received = false, HealthyFor = 1 },
        new("the link is back, calm has held", Disconnected, Converged) { Was = Critical, HealthyFor = 1 },
        new("the link is back, purges are not", Disconnected, Lagging) { Was = Warning, Lag = 3, Is = Warning },
        new("the link is back and all with it, for now", Disconnected, Disconnected) { Was = Warning, HealthyFor = 0.9, Is = Warning },
        new("the outage becomes critical", Disconnected, Disconnected) { Was = Warning, Link = Down, OutFor = 10, Is = Critical },
        new("the bus is lost with the link", Disconnected, Disconnected) { Was = Warning, Link = Down, OutFor = 6, MessageAge = 6, Is = Warning },
        new("the link is back by a resync", Disconnected, Resyncing) { Was = Warning, Link = Syncing, Lag = 3, Is = Warning },
        new("no link, and then no server", Disconnected, Verdict.Unreachable) { Was = Warning, Link = LinkState.Unreachable, OutFor = 3, Is = Warning },
        new("the link is back, the bus is not", Disconnected, BusSilent) { Was = Warning, HealthyFor = 1, MessageAge = 5 },
        new("the link is back, and what it brings is refused", Disconnected, Diverged) { Was = Warning, Refuses = true, Is = Warning },

        new("the resync has ended, and nothing was heard", Resyncing, Unknown) { HealthyFor = 1, Received = false },
        new("the resync has ended, calm has held", Resyncing, Converged) { HealthyFor = 1, SyncedAgo = 1 },
        new("the resync has ended an episode", Resyncing, Converged) { Was = Critical, HealthyFor = 1, SyncedAgo = 1 },
        new("the resync has left the region behind", Resyncing, Lagging) { Lag = 0.5, SyncedAgo = 2, Is = Warning },
        new("the resync has left the region behind, in an episode", Resyncing, Lagging) { Was = Warning, Lag = 3, SyncedAgo = 2, Is = Warning },
        new("the resync broke, and the link stays away", Resyncing, Disconnected) { Link = Down, OutFor = 2, SyncedAgo = 2, Is = Warning },
        new("the resync goes on", Resyncing, Resyncing) { Link = Syncing },
        new("the resync has just ended", Resyncing, Resyncing) { SyncedAgo = 0.9, HealthyFor = 0.9 },
        new("the resync has just ended, in an episode", Resyncing, Resyncing) { Was = Warning, SyncedAgo = 0.9, HealthyFor = 0.9, Is = Warning },
        new("the resync has just ended, the stream is held back", Resyncing, Resyncing) { Lag = 1.9, SyncedAgo = 1.9 },
        new("the resync has just ended, the stream is held back, in an episode", Resyncing, Resyncing) { Was = Warning, Lag = 1.9, SyncedAgo = 1.9, Is = Warning },
        new("the resync has just ended, after too long", Resyncing, Resyncing) { Lag = 10, SyncedAgo = 0.1, Is = Critical },
        new("the resync broke, for a moment", Resyncing, Resyncing) { Link = Down, OutFor = 0.1 },
        new("the resync has ended, and the bus is silent", Resyncing, Resyncing) { HealthyFor = 0.9, MessageAge = 5 },
        new("the resync killed the server", Resyncing, Verdict.Unreachable) { Link = LinkState.Unreachable, OutFor = 2, SyncedAgo = 2, Is = Warning },
        new("the resync has ended, calm has held, and the bus is silent", Resyncing, BusSilent) { HealthyFor = 1, MessageAge = 5 },
        new("the resync has ended, and commands are refused", Resyncing, Diverged) { Refuses = true, SyncedAgo = 2, Is = Warning },
        new("commands are refused right after the resync", Resyncing, Resyncing) { Refuses = true, SyncedAgo = 1, Is = Warning },

        new("the server is there at last, and nothing was heard", Verdict.Unreachable, Unknown) { Was = Warning, Received = false, HealthyFor = 1 },
        new("the server is back, calm has held", Verdict.Unreachable, Converged) { Was = Critical, HealthyFor = 1 },
        new("the server is back, purges are not", Verdict.Unreachable, Lagging) { Was = Warning, Lag = 3, Is = Warning },
        new("the server is back without its link", Verdict.Unreachable, Disconnected) { Was = Warning, Link = Down, OutFor = 3, Is = Warning },
        new("the server is back, empty", Verdict.Unreachable, Resyncing) { Was = Warning, Link = Syncing, Lag = 3, Is = Warning },
        new("the server is back and all with it, for now", Verdict.Unreachable, Verdict.Unreachable) { Was = Critical, Is = Critical },
        new("the server stays away", Verdict.Unreachable, Verdict.Unreachable) { Was = Warning, Link = LinkState.Unreachable, OutFor = 5, Is = Warning },
        new("the server stays away for very long", Verdict.Unreachable, Verdict.Unreachable) { Was = Warning, Link = LinkState.Unreachable, OutFor = 10, Is = Critical },
        new("the server is back, the bus is not", Verdict.Unreachable, BusSilent) { Was = Warning, HealthyFor = 1, MessageAge = 5 },
        new("the server is back, and refuses commands", Verdict.Unreachable, Diverged) { Was = Warning, Refuses = true, Is = Warning },

        new("the bus speaks again", BusSilent, Converged),
        new("what was heard last is late", BusSilent, Lagging) { Lag = 0.5, MessageAge = 5, Is = Warning },
        new("the link goes after the bus", BusSilent, Disconnected) { Link = Down, OutFor = 2, MessageAge = 5, Is = Warning },
        new("a resync without a bus", BusSilent, Resyncing) { Link = Syncing, MessageAge = 5 },
        new("the server goes after the bus", BusSilent, Verdict.Unreachable) { Link = LinkState.Unreachable, OutFor = 2, MessageAge = 5, Is = Warning },
        new("the bus stays silent", BusSilent, BusSilent) { MessageAge = 600 },
        new("a link lost for a moment, and no bus", BusSilent, BusSilent) { Link = Down, OutFor = 1.9, MessageAge = 5 },
        new("commands are refused, and no bus", BusSilent, Diverged) { Refuses = true, MessageAge = 5, Is = Warning },

        new("nothing is refused any more, and nothing was heard", Diverged, Unknown) { Was = Warning, Received = false, HealthyFor = 1 },
        new("nothing was refused for as long as calm must hold", Diverged, Converged) { Was = Warning, HealthyFor = 1 },
        new("nothing is refused any more, and purges are late", Diverged, Lagging) { Was = Warning, Lag = 0.5, Is = Warning },
        new("commands are refused, and the link goes", Diverged, Disconnected) { Was = Warning, Link = Down, OutFor = 0.1, Is = Warning },
        new("a resync ends it", Diverged, Resyncing) { Was = Warning, Link = Syncing, Is = Warning },
        new("commands were refused, and the server goes", Diverged, Verdict.Unreachable) { Was = Warning, Link = LinkState.Unreachable, OutFor = 0.1, Is = Warning },
        new("calm has held, and no bus", Diverged, BusSilent) { Was = Warning, HealthyFor = 1, MessageAge = 5 },
        new("commands are refused still", Diverged, Diverged) { Was = Warning, Refuses = true, HealthyFor = 1, Is = Warning },
        new("nothing is refused, for now", Diverged, Diverged) { Was = Warning, HealthyFor = 0.9, Is = Warning },
    ];

    /// <summary>What is heard and seen once stays so: from there nothing leads back to ignorance.</summary>
    public static readonly (Verdict, Verdict)[] Never = [(Converged, Unknown), (BusSilent, Unknown)];
}
