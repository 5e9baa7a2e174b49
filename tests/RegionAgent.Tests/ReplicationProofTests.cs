using LastMile.Events.Redis;
using LastMile.Events.RegionAgent.Repair;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace RegionAgent.Tests;

/// <summary>How far a replica's watermark is proof.</summary>
public sealed class ReplicationProofTests
{
    private readonly PurgeLedger ledger;
    private readonly ReplicationProof proof;

    public ReplicationProofTests()
    {
        ledger = new PurgeLedger(new FakeTimeProvider());
        proof = new ReplicationProof(ledger);
    }

    [Fact]
    public void A_watermark_without_errors_is_proof()
    {
        BeginAt(0);
        Hear(1, 2);

        See(2);

        Assert.Equal((At(2), At(2), 0), (ledger.Applied, ledger.Proved, proof.TakeRefused()));
    }

    [Fact]
    public void A_watermark_that_comes_with_errors_is_no_proof_and_its_purges_are_due_at_once()
    {
        BeginAt(0);
        Hear(1, 2, 3);
        See(1);

        See(3, errors: 5);

        Assert.Equal((At(1), At(1), 5), (ledger.Applied, ledger.Proved, proof.TakeRefused()));
        Assert.Equal([2, 3], Due());
        Batches.Drain(ledger);
        Assert.Equal(At(3), ledger.Applied);
        Assert.False(ledger.HasPendingUnproven);
    }

    [Fact]
    public void A_purge_that_was_refused_before_its_watermark_is_passed_stays_in_doubt()
    {
        BeginAt(0);
        Hear(1, 2);
        // The first is refused: the watermark stays. The second arrives and passes it, without another error.
        See(0, errors: 5);

        See(2, errors: 5);

        Assert.Equal((At(0), At(0)), (ledger.Applied, ledger.Proved));
        Assert.Equal([1, 2], Due());
    }

    [Fact]
    public void A_purge_after_the_first_that_arrived_is_proved_again()
    {
        BeginAt(0);
        See(0, errors: 5);
        See(2, errors: 5);
        Hear(1, 2, 3);

        See(3, errors: 5);

        Assert.Equal([1, 2], Due());
        Batches.Drain(ledger);
        Assert.Equal((At(3), At(3), false), (ledger.Applied, ledger.Proved, ledger.HasUnproven));
    }

    [Fact]
    public void A_purge_in_doubt_that_the_bus_brings_late_is_due()
    {
        BeginAt(0);
        See(2, errors: 5);
        See(4, errors: 5);

        Hear(1, 2, 3, 4);

        Assert.Equal([1, 2, 3, 4], Due());
    }

    // Another run of the server, or CONFIG RESETSTAT: what was refused in between is not known.
    [Theory]
    [InlineData("run", 0, 0)]
    [InlineData("other", 0, 0)]
    [InlineData("other", 3, 3)]
    public void A_count_that_begins_again_proves_nothing_since_and_reports_only_known_errors(string run, long errors, long reported)
    {
        BeginAt(0, errors: 4);
        Hear(1, 2);

        proof.RecordLook(new RegionLook(At(2), new StreamErrors(run, errors), 0));

        Assert.Equal([1, 2], Due());
        Assert.Equal(reported, proof.TakeRefused());
    }

    [Fact]
    public void An_agent_that_takes_over_doubts_what_was_refused_since_the_checkpoint()
    {
        See(3, errors: 5);
        Hear(2, 3);

        proof.Begin(At(1), new Checkpoint(At(1), "run") { Stream = new StreamErrors("run", 0) });

        Assert.Equal((At(1), At(1), 5), (ledger.Applied, ledger.Proved, proof.TakeRefused()));
        Assert.Equal([2, 3], Due());
    }

    [Fact]
    public void A_checkpoint_of_an_earlier_version_has_no_errors_and_all_that_follows_it_is_applied_again()
    {
        See(3, errors: 5);

        proof.Begin(At(1), new Checkpoint(At(1), "run"));
        Hear(2, 3);

        Assert.Equal([2, 3], Due());
        Assert.Equal(0, proof.TakeRefused());
    }

    [Fact]
    public void A_region_without_a_checkpoint_begins_with_what_it_shows()
    {
        See(3, errors: 5);

        proof.Begin(At(3), null);

        Assert.Equal((At(3), false, 0), (ledger.Proved, ledger.HasUnproven, proof.TakeRefused()));
    }

    [Fact]
    public void A_checkpoint_carries_the_errors_from_before_the_doubt_until_all_of_it_is_done()
    {
        BeginAt(0);
        See(0, errors: 5);
        Assert.Equal(new StreamErrors("run", 0), proof.Trusted);

        See(1, errors: 5);
        Assert.Equal(new StreamErrors("run", 0), proof.Trusted);
        Hear(1);
        Batches.Drain(ledger);

        Assert.Equal(new StreamErrors("run", 5), proof.Trusted);
    }

    [Fact]
    public void A_reset_proof_starts_from_the_next_checkpoint()
    {
        BeginAt(0);
        See(0, errors: 5);

        proof.Reset();
        proof.Begin(At(0), new Checkpoint(At(0), "run") { Stream = new StreamErrors("run", 5) });

        Assert.Equal((0, false), (proof.TakeRefused(), ledger.HasUnproven));
    }

    private static Watermark At(long sequence) => new(1, sequence);

    private void BeginAt(long sequence, long errors = 0)
    {
        See(sequence, errors);
        proof.Begin(At(sequence), null);
    }

    private void See(long sequence, long errors = 0) => proof.RecordLook(new RegionLook(At(sequence), new StreamErrors("run", errors), 0));

    private void Hear(params long[] sequences)
    {
        foreach (var sequence in sequences)
            ledger.Receive(Batches.Of(1, sequence, "key"));
    }

    private IEnumerable<long> Due() => ledger.Due(TimeSpan.MaxValue).Select(purge => purge.Watermark.Sequence);
}
