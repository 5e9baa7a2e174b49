using LastMile.Events.Redis;
using LastMile.Events.RegionAgent.Ledger;
using LastMile.Events.RegionAgent.Topologies;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace RegionAgent.Tests;

/// <summary>Tests which purges a replica's watermark proves.</summary>
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
        Receive(1, 2);

        Sample(2);

        Assert.Equal((At(2), At(2), 0), (ledger.Applied, ledger.Proved, proof.TakeRefused()));
    }

    [Fact]
    public void A_watermark_with_new_errors_is_no_proof_and_its_purges_are_due_at_once()
    {
        BeginAt(0);
        Receive(1, 2, 3);
        Sample(1);

        Sample(3, errors: 5);

        Assert.Equal((At(1), At(1), 5), (ledger.Applied, ledger.Proved, proof.TakeRefused()));
        Assert.Equal([2, 3], Due());
        Batches.Drain(ledger);
        Assert.Equal(At(3), ledger.Applied);
        Assert.False(ledger.HasPendingUnproven);
    }

    [Fact]
    public void A_purge_refused_before_the_watermark_passes_it_stays_unproven()
    {
        BeginAt(0);
        Receive(1, 2);
        // The replica refuses the first purge, so the watermark stays. The second one passes it without another error.
        Sample(0, errors: 5);

        Sample(2, errors: 5);

        Assert.Equal((At(0), At(0)), (ledger.Applied, ledger.Proved));
        Assert.Equal([1, 2], Due());
    }

    [Fact]
    public void Purges_are_proven_again_after_the_watermark_has_passed_the_refused_ones()
    {
        BeginAt(0);
        Sample(0, errors: 5);
        Sample(2, errors: 5);
        Receive(1, 2, 3);

        Sample(3, errors: 5);

        Assert.Equal([1, 2], Due());
        Batches.Drain(ledger);
        Assert.Equal((At(3), At(3), false), (ledger.Applied, ledger.Proved, ledger.HasUnproven));
    }

    [Fact]
    public void Unproven_purges_received_late_are_due()
    {
        BeginAt(0);
        Sample(2, errors: 5);
        Sample(4, errors: 5);

        Receive(1, 2, 3, 4);

        Assert.Equal([1, 2, 3, 4], Due());
    }

    // After a restart of the server or CONFIG RESETSTAT, the commands refused between the last count and the reset are unknown.
    [Theory]
    [InlineData("run", 0, 0)]
    [InlineData("other", 0, 0)]
    [InlineData("other", 3, 3)]
    public void A_reset_error_count_proves_no_later_purge_and_only_known_errors_are_reported(string run, long errors, long reported)
    {
        BeginAt(0, errors: 4);
        Receive(1, 2);

        proof.RecordSample(new RegionSample(At(2), new StreamErrors(run, errors), 0));

        Assert.Equal([1, 2], Due());
        Assert.Equal(reported, proof.TakeRefused());
    }

    [Fact]
    public void Errors_since_the_checkpoint_make_later_purges_unproven_after_a_takeover()
    {
        Sample(3, errors: 5);
        Receive(2, 3);

        proof.Begin(At(1), new Checkpoint(At(1), "run") { Stream = new StreamErrors("run", 0) });

        Assert.Equal((At(1), At(1), 5), (ledger.Applied, ledger.Proved, proof.TakeRefused()));
        Assert.Equal([2, 3], Due());
    }

    [Fact]
    public void All_purges_after_a_checkpoint_without_an_error_count_are_applied_again()
    {
        Sample(3, errors: 5);

        proof.Begin(At(1), new Checkpoint(At(1), "run"));
        Receive(2, 3);

        Assert.Equal([2, 3], Due());
        Assert.Equal(0, proof.TakeRefused());
    }

    [Fact]
    public void A_region_without_a_checkpoint_begins_with_its_watermark()
    {
        Sample(3, errors: 5);

        proof.Begin(At(3), null);

        Assert.Equal((At(3), false, 0), (ledger.Proved, ledger.HasUnproven, proof.TakeRefused()));
    }

    [Fact]
    public void A_checkpoint_keeps_the_earlier_error_count_until_every_unproven_purge_is_applied()
    {
        BeginAt(0);
        Sample(0, errors: 5);
        Assert.Equal(new StreamErrors("run", 0), proof.Trusted);

        Sample(1, errors: 5);
        Assert.Equal(new StreamErrors("run", 0), proof.Trusted);
        Receive(1);
        Batches.Drain(ledger);

        Assert.Equal(new StreamErrors("run", 5), proof.Trusted);
    }

    [Fact]
    public void A_reset_proof_starts_from_the_next_checkpoint()
    {
        BeginAt(0);
        Sample(0, errors: 5);

        proof.Reset();
        proof.Begin(At(0), new Checkpoint(At(0), "run") { Stream = new StreamErrors("run", 5) });

        Assert.Equal((0, false), (proof.TakeRefused(), ledger.HasUnproven));
    }

    private static Watermark At(long sequence) => new(1, sequence);

    private void BeginAt(long sequence, long errors = 0)
    {
        Sample(sequence, errors);
        proof.Begin(At(sequence), null);
    }

    private void Sample(long sequence, long errors = 0) =>
        proof.RecordSample(new RegionSample(At(sequence), new StreamErrors("run", errors), 0));

    private void Receive(params long[] sequences)
    {
        foreach (var sequence in sequences)
            ledger.Receive(Batches.Of(1, sequence, "key"));
    }

    private IEnumerable<long> Due() => ledger.Due(TimeSpan.MaxValue).Select(purge => purge.Watermark.Sequence);
}
