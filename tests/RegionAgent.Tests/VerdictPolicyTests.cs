using LastMile.Events.Messages;
using LastMile.Events.RegionAgent.Verdicts;
using Xunit;
using static LastMile.Events.Messages.LagSeverity;
using static LastMile.Events.Messages.LinkState;

namespace RegionAgent.Tests;

/// <summary>
/// Every transition, with the default thresholds: warning from 0.5 s of lag or 2 s without link or server, critical from 10 s, calm
/// below 0.25 s of lag, an end after 1 s of calm.
/// </summary>
public sealed class VerdictPolicyTests
{
    // Why, the verdict before, link, lag and outage in seconds, the verdict after, the severity of the episode that begins.
    [Theory]
    [InlineData("nothing is wrong", "Converged", Up, 0, 0, "Converged", null)]
    [InlineData("lag below the threshold", "Converged", Up, 0.49, 0, "Converged", null)]
    [InlineData("lag at the threshold", "Converged", Up, 0.5, 0, "Lagging", Warning)]
    [InlineData("lag at once critical", "Converged", Up, 10, 0, "Lagging", Critical)]
    [InlineData("a link lost for a moment", "Converged", Down, 0, 1.9, "Converged", null)]
    [InlineData("a link lost for long", "Converged", Down, 0, 2, "Disconnected", Warning)]
    [InlineData("a link lost for very long", "Converged", Down, 0, 10, "Disconnected", Critical)]
    [InlineData("a link lost and a purge missing", "Converged", Down, 0.5, 0.6, "Disconnected", Warning)]
    [InlineData("a server lost for a moment", "Converged", Unreachable, 0, 1.9, "Converged", null)]
    [InlineData("a server lost for long", "Converged", Unreachable, 0, 2, "Unreachable", Warning)]
    [InlineData("a server lost and a purge missing", "Converged", Unreachable, 0.5, 0.6, "Unreachable", Warning)]
    [InlineData("a resync is cold", "Converged", Syncing, 0, 0, "Resyncing", null)]
    [InlineData("a resync is not late", "Converged", Syncing, 9.9, 0, "Resyncing", null)]
    [InlineData("a resync that holds up purges for too long", "Converged", Syncing, 10, 0, "Resyncing", Critical)]
    [InlineData("a resync that goes on", "Resyncing", Syncing, 0, 0, "Resyncing", null)]
    [InlineData("a resync that has just ended", "Resyncing", Up, 0, 0, "Resyncing", null)]
    [InlineData("a resync that ended in lag", "Resyncing", Up, 0.5, 0, "Lagging", Warning)]
    [InlineData("a resync that broke", "Resyncing", Down, 0, 0.1, "Resyncing", null)]
    [InlineData("a resync that broke for long", "Resyncing", Down, 0, 2, "Disconnected", Warning)]
    [InlineData("a resync before anything else", "Unknown", Syncing, 0, 0, "Resyncing", null)]
    [InlineData("the first word and the first sight", "Unknown", Up, 0, 0, "Converged", null)]
    [InlineData("lag from the start", "Unknown", Up, 0.5, 0, "Lagging", Warning)]
    public void Outside_an_episode(string why, string before, LinkState link, double lag, double outFor, string after, LagSeverity? severity)
    {
        var next = VerdictPolicy.Next(Seen.State(Enum.Parse<Verdict>(before)), Seen.Of(101, link, lag, outFor), Seen.Options);

        Assert.Equal($"{after}: {why}", $"{next.Verdict}: {why}");
        Assert.Equal(severity, next.Episode?.Severity);
    }

    // Why, the verdict and severity before, link, lag and outage in seconds, the verdict and severity after.
    [Theory]
    [InlineData("lag goes on", "Lagging", Warning, Up, 0.5, 0, "Lagging", Warning)]
    [InlineData("lag hovers inside the hysteresis", "Lagging", Warning, Up, 0.25, 0, "Lagging", Warning)]
    [InlineData("lag is gone, for now", "Lagging", Warning, Up, 0.24, 0, "Lagging", Warning)]
    [InlineData("lag rises", "Lagging", Warning, Up, 10, 0, "Lagging", Critical)]
    [InlineData("lag falls, severity does not", "Lagging", Critical, Up, 0.5, 0, "Lagging", Critical)]
    [InlineData("the link goes too", "Lagging", Warning, Down, 0.5, 0.1, "Disconnected", Warning)]
    [InlineData("the server goes too", "Lagging", Warning, Unreachable, 0.5, 0.1, "Unreachable", Warning)]
    [InlineData("the link is back, purges are not", "Disconnected", Warning, Up, 3, 0, "Lagging", Warning)]
    [InlineData("the link is back and all with it", "Disconnected", Warning, Up, 0, 0, "Disconnected", Warning)]
    [InlineData("the link is back by a resync", "Disconnected", Warning, Syncing, 3, 0, "Resyncing", Warning)]
    [InlineData("the outage becomes critical", "Disconnected", Warning, Down, 0, 10, "Disconnected", Critical)]
    [InlineData("the server is back without its link", "Unreachable", Warning, Down, 0, 3, "Disconnected", Warning)]
    [InlineData("the server is back and all with it", "Unreachable", Critical, Up, 0, 0, "Unreachable", Critical)]
    [InlineData("the server stays away", "Unreachable", Warning, Unreachable, 0, 5, "Unreachable", Warning)]
    [InlineData("the resync ends in lag", "Resyncing", Warning, Up, 3, 0, "Lagging", Warning)]
    [InlineData("the resync ends well, for now", "Resyncing", Warning, Up, 0, 0, "Resyncing", Warning)]
    public void Inside_an_episode(string why, string before, LagSeverity was, LinkState link, double lag, double outFor, string after, LagSeverity severity)
    {
        var next = VerdictPolicy.Next(Seen.State(Enum.Parse<Verdict>(before), was), Seen.Of(101, link, lag, outFor), Seen.Options);

        Assert.Equal($"{after}: {why}", $"{next.Verdict}: {why}");
        Assert.Equal((severity, Seen.FirstEpisode), (next.Episode!.Severity, next.Episode.Id));
    }

    [Theory]
    [InlineData("Lagging")]
    [InlineData("Disconnected")]
    [InlineData("Unreachable")]
    [InlineData("Resyncing")]
    public void An_episode_ends_when_calm_has_held(string verdict)
    {
        var almost = VerdictPolicy.Next(Seen.State(Enum.Parse<Verdict>(verdict), Critical, calmSince: 100), Seen.Of(100.9), Seen.Options);
        var then = VerdictPolicy.Next(almost, Seen.Of(101), Seen.Options);

        Assert.Equal((Enum.Parse<Verdict>(verdict), Critical), (almost.Verdict, almost.Episode!.Severity));
        Assert.Equal((Verdict.Converged, null), (then.Verdict, then.Episode));
    }

    [Fact]
    public void Calm_that_is_broken_begins_anew()
    {
        var state = Seen.State(Verdict.Lagging, Warning, calmSince: 100);

        state = VerdictPolicy.Next(state, Seen.Of(100.8, lag: 0.3), Seen.Options);
        state = VerdictPolicy.Next(state, Seen.Of(100.9), Seen.Options);
        state = VerdictPolicy.Next(state, Seen.Of(101.8), Seen.Options);

        Assert.NotNull(state.Episode);
        Assert.Equal(Seen.At(100.9), state.CalmSince);
    }

    [Fact]
    public void A_resync_without_an_episode_counts_as_cold_until_calm_has_held()
    {
        var state = VerdictPolicy.Next(Seen.State(Verdict.Resyncing), Seen.Of(101), Seen.Options);

        state = VerdictPolicy.Next(state, Seen.Of(102), Seen.Options);

        Assert.Equal((Verdict.Converged, Seen.At(102)), (state.Verdict, state.Since));
    }

    [Theory]
    [InlineData(false, true)]
    [InlineData(true, false)]
    [InlineData(false, false)]
    public void Before_anything_was_heard_and_seen_there_is_no_verdict(bool heard, bool seen)
    {
        var next = VerdictPolicy.Next(VerdictState.Start(Seen.At(0)), Seen.Of(60, heard: heard, seen: seen), Seen.Options);

        Assert.Equal((Verdict.Unknown, null), (next.Verdict, next.Episode));
    }

    [Fact]
    public void Lag_of_a_region_that_was_never_seen_is_no_lag()
    {
        var next = VerdictPolicy.Next(VerdictState.Start(Seen.At(0)), Seen.Of(60, lag: 30, seen: false), Seen.Options);

        Assert.Null(next.Episode);
    }

    [Theory]
    [InlineData(LinkState.Unreachable, "Unreachable")]
    [InlineData(Down, "Disconnected")]
    public void A_region_that_is_gone_from_the_start_is_trouble(LinkState link, string verdict)
    {
        var next = VerdictPolicy.Next(VerdictState.Start(Seen.At(0)), Seen.Of(2, link, outFor: 2, heard: false, seen: false), Seen.Options);

        Assert.Equal((Enum.Parse<Verdict>(verdict), Warning), (next.Verdict, next.Episode!.Severity));
    }

    [Fact]
    public void An_episode_begins_when_its_trouble_did_and_keeps_its_worst()
    {
        var state = VerdictPolicy.Next(Seen.State(Verdict.Converged), Seen.Of(101, lag: 0.6, late: 2), Seen.Options);
        state = VerdictPolicy.Next(state, Seen.Of(103, lag: 2.6, late: 3), Seen.Options);
        state = VerdictPolicy.Next(state, Seen.Of(104, lag: 0.6), Seen.Options);

        Assert.Equal(new Episode(Seen.FirstEpisode, Warning, Seen.At(100.4), TimeSpan.FromSeconds(2.6), 5), state.Episode);
    }

    [Fact]
    public void The_verdict_holds_since_it_was_last_changed()
    {
        var state = VerdictPolicy.Next(Seen.State(Verdict.Converged), Seen.Of(101), Seen.Options);
        Assert.Equal(Seen.At(90), state.Since);

        state = VerdictPolicy.Next(state, Seen.Of(102, lag: 1), Seen.Options);
        Assert.Equal(Seen.At(102), state.Since);
    }
}
