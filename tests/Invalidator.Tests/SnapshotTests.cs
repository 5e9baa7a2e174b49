using LastMile.Events.Invalidator.Intake.Outbox;
using Xunit;

namespace Invalidator.Tests;

public sealed class SnapshotTests
{
    [Theory]
    [InlineData("100:110:105,107", 1, true)]
    [InlineData("100:110:105,107", 99, true)]
    [InlineData("100:110:105,107", 100, true)]
    [InlineData("100:110:105,107", 104, true)]
    [InlineData("100:110:105,107", 105, false)]
    [InlineData("100:110:105,107", 106, true)]
    [InlineData("100:110:105,107", 107, false)]
    [InlineData("100:110:105,107", 109, true)]
    [InlineData("100:110:105,107", 110, false)]
    [InlineData("100:110:105,107", 111, false)]
    public void A_snapshot_sees_transactions_that_ended_before_it(string snapshot, uint xid, bool sees) =>
        Assert.Equal(sees, Snapshot.Parse(snapshot).Sees(xid));

    [Theory]
    [InlineData(109, true)]
    [InlineData(110, false)]
    [InlineData(111, false)]
    public void A_snapshot_without_open_transactions_sees_all_earlier_ones(uint xid, bool sees) =>
        Assert.Equal(sees, Snapshot.Parse("110:110:").Sees(xid));

    // The stream has 32-bit ids and a snapshot has 64-bit ids, so 4294967300 is the stream's 4.
    [Theory]
    [InlineData("4294967300:4294967310:4294967305", 4294967290, true)]
    [InlineData("4294967300:4294967310:4294967305", 3, true)]
    [InlineData("4294967300:4294967310:4294967305", 8, true)]
    [InlineData("4294967300:4294967310:4294967305", 9, false)]
    [InlineData("4294967300:4294967310:4294967305", 13, true)]
    [InlineData("4294967300:4294967310:4294967305", 14, false)]
    [InlineData("4294967290:4294967300:4294967295,4294967299", 4294967289, true)]
    [InlineData("4294967290:4294967300:4294967295,4294967299", 4294967294, true)]
    [InlineData("4294967290:4294967300:4294967295,4294967299", 4294967295, false)]
    [InlineData("4294967290:4294967300:4294967295,4294967299", 2, true)]
    [InlineData("4294967290:4294967300:4294967295,4294967299", 3, false)]
    [InlineData("4294967290:4294967300:4294967295,4294967299", 4, false)]
    [InlineData("4294967290:4294967300:4294967295,4294967299", 1_000_000, false)]
    [InlineData("300647710720:300647710730:300647710725", 4294967295, true)]
    [InlineData("300647710720:300647710730:300647710725", 5, false)]
    public void A_snapshot_handles_transaction_id_wraparound(string snapshot, uint xid, bool sees) =>
        Assert.Equal(sees, Snapshot.Parse(snapshot).Sees(xid));
}
