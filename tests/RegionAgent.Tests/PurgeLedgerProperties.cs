using CsCheck;
using Xunit;

namespace RegionAgent.Tests;

/// <summary>Properties that hold for every order in which a region may receive its purges.</summary>
public sealed class PurgeLedgerProperties
{
    [Fact]
    public void At_the_end_every_purge_is_known_and_applied() => LedgerHistory.Any.Sample(history =>
    {
        var run = history.Run();
        Assert.Equal(run.Newest, run.Ledger.Applied);
    });

    [Fact]
    public void Every_purge_that_replication_did_not_apply_becomes_due() => LedgerHistory.Any.Sample(history =>
        Assert.Empty(history.Run().Skipped));

    [Fact]
    public void Applied_never_passes_a_pending_purge_and_never_falls() => LedgerHistory.Any.Sample(history =>
        Assert.Empty(history.Run().Wrong));

    [Fact]
    public void At_the_end_no_purge_is_pending_or_missing() => LedgerHistory.Any.Sample(history =>
    {
        var ledger = history.Run().Ledger;
        Assert.Equal((null, null, false), (ledger.FindGap(TimeSpan.Zero), ledger.Scan(), ledger.IsWaiting()));
    });
}
