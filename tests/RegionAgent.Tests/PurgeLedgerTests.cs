using LastMile.Events.Redis;
using LastMile.Events.RegionAgent.Ledger;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace RegionAgent.Tests;

public sealed class PurgeLedgerTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(500);

    private readonly FakeTimeProvider time = new();
    private readonly PurgeLedger ledger;

    public PurgeLedgerTests() => ledger = new PurgeLedger(time);

    [Fact]
    public void A_purge_that_replication_applied_before_its_message_is_never_pending()
    {
        Begin(0);
        ledger.Prove(At(1));

        ledger.Receive(Batches.Of(1, 1, "key"));

        Assert.Empty(ledger.Due(TimeSpan.Zero));
        Assert.Equal(At(1), ledger.Applied);
    }

    [Fact]
    public void A_purge_received_before_replication_applies_it_is_due_after_the_timeout()
    {
        Begin(0);
        ledger.Receive(Batches.Of(1, 1, "key"));
        Assert.True(ledger.IsWaiting());

        time.Advance(Patience - TimeSpan.FromMilliseconds(1));
        Assert.Empty(ledger.Due(Patience));
        time.Advance(TimeSpan.FromMilliseconds(1));
        var due = Assert.Single(ledger.Due(Patience));
        Assert.Equal((At(1), At(0)), (due.Watermark, ledger.Applied));
        ledger.Done([due], ledger.Era);

        Assert.Equal(At(1), ledger.Applied);
        Assert.False(ledger.IsWaiting());
    }

    [Fact]
    public void Replication_does_not_prove_a_purge_by_prefix()
    {
        Begin(0);
        ledger.Receive(Batches.OfPrefix(1, 1, "product:"));
        ledger.Receive(Batches.Of(1, 2, "key"));

        ledger.Prove(At(2));

        Assert.Equal(At(0), ledger.Applied);
        Assert.Empty(ledger.Due(TimeSpan.Zero));
        ledger.Done([ledger.Scan()!], ledger.Era);
        Assert.Equal(At(2), ledger.Applied);
        Assert.Null(ledger.Scan());
    }

    [Fact]
    public void Due_returns_the_oldest_purges_that_fit_in_about_one_call()
    {
        Begin(0);
        foreach (var sequence in new long[] { 4, 2, 3, 1 })
            ledger.Receive(Batches.OfNames(sequence, 2_000));

        Assert.Equal([1, 2, 3], ledger.Due(TimeSpan.Zero).Select(purge => purge.Watermark.Sequence));
    }

    [Fact]
    public void A_gap_is_found_when_it_has_lasted_and_closes_when_its_message_arrives()
    {
        Begin(0);
        ledger.Receive(Batches.Of(1, 2, "key"));
        Assert.Null(ledger.FindGap(Patience));

        time.Advance(Patience);
        Assert.Equal(new Gap(At(0), At(1)), ledger.FindGap(Patience));
        ledger.Receive(Batches.Of(1, 1, "key"));

        Assert.Null(ledger.FindGap(Patience));
    }

    [Fact]
    public void The_rest_of_a_gap_is_as_old_as_the_gap()
    {
        Begin(0);
        ledger.Receive(Batches.Of(1, 10, "key"));
        ledger.FindGap(Patience);
        time.Advance(Patience);
        ledger.FindGap(Patience);

        ledger.Replay(Batches.Page(At(0), At(4)), At(0), At(4));

        Assert.Equal(new Gap(At(4), At(9)), ledger.FindGap(Patience));
    }

    [Fact]
    public void The_primarys_watermark_is_expected()
    {
        Begin(3);

        ledger.Receive(At(5));

        Assert.Equal(new Gap(At(3), At(5)), ledger.FindGap(TimeSpan.Zero));
        ledger.Receive(At(4));
        Assert.Equal(new Gap(At(3), At(5)), ledger.FindGap(TimeSpan.Zero));
    }

    [Fact]
    public void A_batch_that_the_log_did_not_contain_is_applied_when_it_arrives_later()
    {
        Begin(0);
        ledger.Receive(Batches.Of(1, 2, "key"));
        ledger.Replay(Batches.Page(At(0), At(1)), At(0), At(1));
        ledger.Done(ledger.Due(TimeSpan.Zero), ledger.Era);
        Assert.Equal(At(2), ledger.Applied);

        ledger.Receive(Batches.Of(1, 1, "late"));

        Assert.Equal(At(1), Assert.Single(ledger.Due(TimeSpan.Zero)).Watermark);
        Assert.Equal(At(2), ledger.Applied);
    }

    [Fact]
    public void Clearing_a_region_completes_its_earlier_pending_purges()
    {
        Begin(0);
        ledger.Receive(Batches.Of(1, 2, "key"));
        ledger.Receive(Batches.OfPrefix(1, 4, "product:"));
        ledger.Receive(Batches.Of(1, 6, "key"));

        ledger.Cleared(At(5), ledger.Era);

        Assert.Equal((At(5), null), (ledger.Applied, ledger.Scan()));
        Assert.Equal(At(6), Assert.Single(ledger.Due(TimeSpan.Zero)).Watermark);
    }

    [Fact]
    public void A_region_that_fell_back_lacks_purges_applied_out_of_order_and_those_in_progress()
    {
        Begin(0);
        foreach (var sequence in new long[] { 1, 2, 4 })
            ledger.Receive(Batches.Of(1, sequence, "key"));
        Batches.Drain(ledger);
        ledger.Receive(Batches.Of(1, 5, "key"));
        var (inProgress, era) = (ledger.Due(TimeSpan.Zero), ledger.Era);

        ledger.FallBack(At(1));
        ledger.Done(inProgress, era);

        Assert.Equal(At(1), ledger.Applied);
        Assert.Equal(new Gap(At(1), At(4)), ledger.FindGap(TimeSpan.Zero));
        Assert.Equal(At(5), Assert.Single(ledger.Due(TimeSpan.Zero)).Watermark);
    }

    [Fact]
    public void A_region_that_fell_back_while_it_was_cleared_keeps_its_pending_purges()
    {
        Begin(0);
        ledger.Receive(Batches.Of(1, 5, "key"));
        var era = ledger.Era;

        ledger.FallBack(At(1));
        ledger.Cleared(At(5), era);

        Assert.Equal(At(1), ledger.Applied);
        Assert.Equal(At(5), Assert.Single(ledger.Due(TimeSpan.Zero)).Watermark);
    }

    [Fact]
    public void A_region_that_begins_at_an_older_watermark_lacks_the_later_purges_again()
    {
        Begin(0);
        ledger.Receive(Batches.Of(1, 1, "key"));
        ledger.Receive(Batches.Of(1, 2, "key"));
        Batches.Drain(ledger);

        Begin(1);

        Assert.Equal(At(1), ledger.Applied);
        Assert.Equal(new Gap(At(1), At(2)), ledger.FindGap(TimeSpan.Zero));
    }

    [Fact]
    public void A_ledger_that_has_not_begun_knows_only_the_earliest_purge()
    {
        ledger.Receive(At(7));
        Assert.Equal(At(7), ledger.Earliest);
        ledger.Receive(Batches.Of(1, 6, "key"));
        ledger.Receive(Batches.Of(1, 9, "key"));

        Assert.Equal((default, default, null), (ledger.Applied, ledger.Presumed(Patience), ledger.FindGap(TimeSpan.Zero)));
        Assert.Equal(At(5), ledger.Earliest);
    }

    [Fact]
    public void The_presumed_watermark_ignores_a_gap_until_it_has_lasted()
    {
        Begin(0);
        Assert.Equal(At(0), ledger.Presumed(Patience));
        ledger.Receive(At(3));
        ledger.FindGap(Patience);
        Assert.Equal(At(3), ledger.Presumed(Patience));

        time.Advance(Patience);
        Assert.Equal(At(0), ledger.Presumed(Patience));
        ledger.Replay(Batches.Page(At(0), At(3), Batches.Of(1, 3, "key")), At(0), At(3));
        ledger.FindGap(Patience);

        Assert.Equal(At(2), ledger.Presumed(Patience));
    }

    [Fact]
    public void Purges_that_follow_an_ignored_gap_are_as_late_as_their_own_messages()
    {
        var (grace, interval) = (TimeSpan.FromSeconds(10), TimeSpan.FromMilliseconds(300));
        Begin(0);
        // After an outage of the bus, a heartbeat arrives before the purges that it promises. They arrive one by one.
        ledger.Receive(At(9));
        for (var sequence = 5; sequence < 9; sequence++)
        {
            ledger.FindGap(Patience);
            ledger.Receive(Batches.Of(1, sequence, "key"));
            Assert.Equal(TimeSpan.Zero, ledger.SettleApplied(grace, lateAfter: grace).Lag);
            time.Advance(interval);
            Assert.Equal(interval, ledger.SettleApplied(grace, lateAfter: grace).Lag);
            Batches.Drain(ledger);
        }
    }

    [Fact]
    public void Purges_behind_a_gap_that_lasts_are_as_late_as_the_first_message()
    {
        Begin(0);
        ledger.Receive(At(9));
        ledger.FindGap(Patience);

        time.Advance(Patience);
        ledger.Receive(Batches.Of(1, 5, "key"));

        Assert.Equal(Patience, ledger.SettleApplied(Patience, TimeSpan.FromSeconds(10)).Lag);
    }

    [Fact]
    public void Reset_discards_everything()
    {
        Begin(0);
        ledger.Prove(At(9));
        ledger.Receive(Batches.OfPrefix(1, 1, "product:"));
        ledger.Receive(Batches.OfNames(12, PendingPurges.MaxNames));

        ledger.Reset();

        Assert.Equal((default, false, default, null), (ledger.Applied, ledger.HasBegun, ledger.Earliest, ledger.Scan()));
        Begin(0);
        ledger.Receive(Batches.OfNames(1, PendingPurges.MaxNames));
        Assert.Single(ledger.Due(TimeSpan.Zero));
    }

    private static Watermark At(long sequence) => new(1, sequence);

    private void Begin(long sequence) => ledger.Begin(At(sequence));
}
