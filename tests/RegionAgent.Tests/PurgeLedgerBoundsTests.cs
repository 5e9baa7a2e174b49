using LastMile.Events.Redis;
using LastMile.Events.RegionAgent.Ledger;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace RegionAgent.Tests;

/// <summary>Tests a ledger at its bounds.</summary>
public sealed class PurgeLedgerBoundsTests
{
    private readonly PurgeLedger ledger = new(new FakeTimeProvider());

    [Fact]
    public void Names_beyond_the_bound_become_a_gap_that_is_found_when_there_is_room()
    {
        const int size = PendingPurges.MaxNames / 20;
        Begin(0);
        for (var sequence = 1; sequence <= 25; sequence++)
            ledger.Receive(Batches.OfNames(sequence, size));

        Assert.Null(ledger.FindGap(TimeSpan.Zero));
        Assert.Equal(20, Batches.Drain(ledger));

        Assert.Equal(new Gap(At(20), At(25)), ledger.FindGap(TimeSpan.Zero));
        ledger.Replay(Batches.Page(At(20), At(25), [.. Enumerable.Range(21, 5).Select(n => Batches.OfNames(n, size))]), At(20), At(25));
        Assert.Equal((5, At(25)), (Batches.Drain(ledger), ledger.Applied));
    }

    [Fact]
    public void Batches_beyond_the_bound_become_a_gap_that_is_found_after_replication_has_applied_the_others()
    {
        Begin(0);
        for (var sequence = 1; sequence <= PurgeLedger.MaxSpans + 500; sequence++)
            ledger.Receive(Batches.Of(1, sequence, "key"));
        Assert.Null(ledger.FindGap(TimeSpan.Zero));

        ledger.Prove(At(PurgeLedger.MaxSpans + 500));

        Assert.Equal(At(PurgeLedger.MaxSpans), ledger.Applied);
        Assert.Equal(new Gap(At(PurgeLedger.MaxSpans), At(PurgeLedger.MaxSpans + 500)), ledger.FindGap(TimeSpan.Zero));
    }

    [Fact]
    public void A_gap_is_found_with_any_number_of_applied_batches_after_it()
    {
        Begin(0);
        for (var sequence = 2; sequence <= PurgeLedger.MaxSpans + 500; sequence++)
        {
            ledger.Receive(Batches.Of(1, sequence, "key"));
            ledger.Done(ledger.Due(TimeSpan.Zero), ledger.Era);
        }

        Assert.Equal(new Gap(At(0), At(1)), ledger.FindGap(TimeSpan.Zero));
        ledger.Replay(Batches.Page(At(0), At(1), Batches.Of(1, 1, "key")), At(0), At(1));
        Assert.Equal(1, Batches.Drain(ledger));

        Assert.Equal(At(PurgeLedger.MaxSpans + 1), ledger.Applied);
        Assert.Equal(new Gap(At(PurgeLedger.MaxSpans + 1), At(PurgeLedger.MaxSpans + 500)), ledger.FindGap(TimeSpan.Zero));
    }

    [Fact]
    public void A_page_is_accepted_as_far_as_there_is_room()
    {
        const int size = PendingPurges.MaxNames / 2;
        Begin(0);
        ledger.Receive(Batches.OfNames(9, size - 1));

        ledger.Replay(Batches.Page(At(0), At(8), Batches.OfNames(2, size), Batches.OfNames(5, size)), At(0), At(8));

        Assert.Equal(2, Batches.Drain(ledger));
        Assert.Equal(At(4), ledger.Applied);
        Assert.Equal(new Gap(At(4), At(8)), ledger.FindGap(TimeSpan.Zero));
    }

    private static Watermark At(long sequence) => new(1, sequence);

    private void Begin(long sequence) => ledger.Begin(At(sequence));
}
