using LastMile.Events.Redis;
using LastMile.Events.RegionAgent.Repair;
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
    public void A_purge_that_replication_brings_first_waits_for_nobody()
    {
        Begin(0);
        ledger.Prove(At(1));

        ledger.Receive(Batches.Of(1, 1, "key"));

        Assert.Empty(ledger.Due(TimeSpan.Zero));
        Assert.Equal(At(1), ledger.Applied);
    }

    [Fact]
    public void A_purge_that_the_bus_brings_first_is_due_when_replication_has_had_its_time()
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
    public void Replication_proves_no_purge_by_prefix()
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
    public void One_call_is_given_the_oldest_and_about_as_many_names_as_it_takes()
    {
        Begin(0);
        foreach (var sequence in new long[] { 4, 2, 3, 1 })
            ledger.Receive(Batches.OfNames(sequence, 2_000));

        Assert.Equal([1, 2, 3], ledger.Due(TimeSpan.Zero).Select(purge => purge.Watermark.Sequence));
    }

    [Fact]
    public void A_gap_is_told_when_it_has_lasted_and_forgotten_when_its_message_comes()
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
    public void What_the_primary_tells_of_is_owed()
    {
        Begin(3);

        ledger.Receive(At(5));

        Assert.Equal(new Gap(At(3), At(5)), ledger.FindGap(TimeSpan.Zero));
        ledger.Receive(At(4));
        Assert.Equal(new Gap(At(3), At(5)), ledger.FindGap(TimeSpan.Zero));
    }

    [Fact]
    public void A_batch_that_the_log_did_not_know_and_that_comes_after_all_is_done_after_all()
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
    public void Emptied_a_region_owes_nothing_of_before()
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
    public void A_region_that_fell_back_owes_what_was_done_out_of_order_too_and_what_was_in_hand()
    {
        Begin(0);
        foreach (var sequence in new long[] { 1, 2, 4 })
            ledger.Receive(Batches.Of(1, sequence, "key"));
        Batches.Drain(ledger);
        ledger.Receive(Batches.Of(1, 5, "key"));
        var (inHand, era) = (ledger.Due(TimeSpan.Zero), ledger.Era);

        ledger.FallBack(At(1));
        ledger.Done(inHand, era);

        Assert.Equal(At(1), ledger.Applied);
        Assert.Equal(new Gap(At(1), At(4)), ledger.FindGap(TimeSpan.Zero));
        Assert.Equal(At(5), Assert.Single(ledger.Due(TimeSpan.Zero)).Watermark);
    }

    [Fact]
    public void A_region_that_fell_back_after_it_was_cleared_still_owes_its_purges()
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
    public void A_region_that_fell_back_owes_again_what_it_had()
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
    public void Before_it_has_begun_it_applied_nothing_and_misses_nothing_and_knows_what_came_first()
    {
        ledger.Receive(At(7));
        Assert.Equal(At(7), ledger.Earliest);
        ledger.Receive(Batches.Of(1, 6, "key"));
        ledger.Receive(Batches.Of(1, 9, "key"));

        Assert.Equal((default, default, null), (ledger.Applied, ledger.Presumed(Patience), ledger.FindGap(TimeSpan.Zero)));
        Assert.Equal(At(5), ledger.Earliest);
    }

    [Fact]
    public void What_is_presumed_there_counts_a_gap_only_when_it_lasts()
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
    public void Reset_it_forgets_everything()
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
