using CsCheck;
using Xunit;

namespace RegionAgent.Tests;

/// <summary>What holds for every way in which a region may hear of its purges.</summary>
public sealed class PurgeLedgerProperties
{
    [Fact]
    public void At_the_end_every_purge_is_known_and_done() => LedgerHistory.Any.Sample(history =>
    {
        var run = history.Run();
        Assert.Equal(run.Newest, run.Ledger.Applied);
    });

    [Fact]
    public void Every_purge_that_replication_did_not_bring_is_handed_out() => LedgerHistory.Any.Sample(history =>
        Assert.Empty(history.Run().Skipped));

    [Fact]
    public void Applied_never_passes_what_is_not_done_and_never_falls() => LedgerHistory.Any.Sample(history =>
        Assert.Empty(history.Run().Wrong));

    [Fact]
    public void At_the_end_nothing_waits_and_nothing_is_missing() => LedgerHistory.Any.Sample(history =>
    {
        var ledger = history.Run().Ledger;
        Assert.Equal((null, null, false), (ledger.FindGap(TimeSpan.Zero), ledger.Scan(), ledger.IsWaiting()));
    });
}
