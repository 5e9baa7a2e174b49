using LastMile.Events.Messages;
using LastMile.Events.RegionAgent.Verdicts;
using Xunit;
using static LastMile.Events.Messages.LagSeverity;

namespace RegionAgent.Tests;

/// <summary>Tests single transitions and sequences of observations.</summary>
public sealed class VerdictPolicyTests
{
    public static TheoryData<string> Transitions => [.. VerdictTransitions.All.Select(row => Name(row))];

    [Theory]
    [MemberData(nameof(Transitions))]
    public void An_observation_changes_the_verdict_as_the_table_says(string transition)
    {
        var row = VerdictTransitions.All.Single(row => Name(row) == transition);
        var previous = Seen.State(row.Before, row.Was, 101 - row.HealthyFor, 101 - row.SyncedAgo);
        var seen = Seen.Of(101, row.Link, row.Lag, row.OutFor, row.Received, row.Shown, row.MessageAge) with
        {
            Diverged = row.Refuses,
        };

        var next = VerdictPolicy.Next(previous, seen, Seen.Options);

        Assert.Equal((row.After, row.Is), (next.Verdict, next.Episode?.Severity));
    }

    [Fact]
    public void Every_pair_of_verdicts_is_in_the_table_or_impossible()
    {
        var all = Enum.GetValues<Verdict>();
        var pairs = all.SelectMany(before => all.Select(after => (before, after)));

        Assert.Equal(
            pairs.Except(VerdictTransitions.Impossible), VerdictTransitions.All.Select(row => (row.Before, row.After)).Distinct().Order());
    }

    [Fact]
    public void An_interruption_restarts_the_healthy_time()
    {
        var state = Seen.State(Verdict.Lagging, Warning, healthySince: 100);

        state = VerdictPolicy.Next(state, Seen.Of(100.8, lag: 0.3), Seen.Options);
        state = VerdictPolicy.Next(state, Seen.Of(100.9), Seen.Options);
        state = VerdictPolicy.Next(state, Seen.Of(101.8), Seen.Options);

        Assert.NotNull(state.Episode);
        Assert.Equal(Seen.At(100.9), state.HealthySince);
    }

    [Fact]
    public void A_full_resync_excuses_lag_only_until_the_verdict_leaves_Resyncing()
    {
        var state = VerdictPolicy.Next(Seen.State(Verdict.Converged), Seen.Of(101, LinkState.Syncing), Seen.Options);
        state = VerdictPolicy.Next(state, Seen.Of(101.9, lag: 0.9), Seen.Options);
        Assert.Equal((Verdict.Resyncing, null), (state.Verdict, state.Episode));

        // The stream arrives, and the verdict changes after a healthy second. Lag counts again, though the resync was less than 2 s ago.
        state = VerdictPolicy.Next(state, Seen.Of(101.9), Seen.Options);
        state = VerdictPolicy.Next(state, Seen.Of(102.9), Seen.Options);
        Assert.Equal(Verdict.Converged, state.Verdict);
        state = VerdictPolicy.Next(state, Seen.Of(102.95, lag: 0.5), Seen.Options);
        Assert.Equal((Verdict.Lagging, Warning), (state.Verdict, state.Episode!.Severity));
    }

    [Fact]
    public void An_episode_begins_with_its_problem_and_keeps_the_worst_values()
    {
        var state = VerdictPolicy.Next(Seen.State(Verdict.Converged), Seen.Of(101, lag: 0.6, late: 2, repaired: 10), Seen.Options);
        state = VerdictPolicy.Next(state, Seen.Of(103, lag: 2.6, late: 3, repaired: 20), Seen.Options);
        state = VerdictPolicy.Next(state, Seen.Of(104, lag: 0.6), Seen.Options);

        Assert.Equal(new Episode(Seen.FirstEpisode, Warning, Seen.At(100.4), TimeSpan.FromSeconds(2.6), 5, 30), state.Episode);
    }

    [Fact]
    public void An_episode_counts_late_batches_and_repaired_keys_until_its_end()
    {
        var state = VerdictPolicy.Next(Seen.State(Verdict.Lagging, Warning), Seen.Of(101, late: 3, repaired: 20), Seen.Options);

        Assert.Equal((8, 60), (state.Episode!.Late, state.Episode.Repaired));
    }

    [Fact]
    public void An_episode_counts_refused_commands()
    {
        var state = VerdictPolicy.Next(Seen.State(Verdict.Converged), Seen.Of(101) with { Diverged = true, Refused = 6 }, Seen.Options);
        state = VerdictPolicy.Next(state, Seen.Of(101.1) with { Diverged = true, Refused = 5 }, Seen.Options);
        state = VerdictPolicy.Next(state, Seen.Of(101.2), Seen.Options);

        Assert.Equal((Verdict.Diverged, 11), (state.Verdict, state.Episode!.Refused));
    }

    [Fact]
    public void Since_is_the_time_of_the_last_change_of_verdict()
    {
        var state = VerdictPolicy.Next(Seen.State(Verdict.Converged), Seen.Of(101), Seen.Options);
        Assert.Equal(Seen.At(90), state.Since);

        state = VerdictPolicy.Next(state, Seen.Of(102, lag: 1), Seen.Options);
        Assert.Equal(Seen.At(102), state.Since);
    }

    private static string Name(Transition row) => $"{row.Before} to {row.After}: {row.Why}";
}
