using LastMile.Events.Redis;
using LastMile.Events.RegionAgent.Ledger;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace RegionAgent.Tests;

/// <summary>The signals and events of a ledger.</summary>
public sealed class PurgeLedgerSignalTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(500);

    private readonly PurgeLedger ledger = new(new FakeTimeProvider());

    [Fact]
    public void Advanced_is_raised_only_when_the_applied_or_proved_watermark_moves()
    {
        var raised = 0;
        ledger.Advanced += (_, _) => raised++;

        Begin(0);
        ledger.Receive(Batches.Of(1, 1, "key"));
        Assert.Equal(1, raised);
        ledger.Prove(At(1));
        ledger.Prove(At(1));
        ledger.Receive(At(1));

        Assert.Equal(2, raised);
    }

    [Fact]
    public async Task A_pending_purge_raises_Work()
    {
        Begin(0);
        ledger.Receive(Batches.Of(1, 1, "key"));

        await ledger.Work.WaitAsync(TimeSpan.FromDays(1), TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task A_purge_that_needs_a_scan_raises_Scans_when_it_arrives_and_when_the_ledger_begins()
    {
        ledger.Receive(Batches.OfPrefix(1, 1, "product:"));
        await ScansAsync();
        var next = ScansAsync();
        Assert.False(next.IsCompleted);
        Begin(0);
        await next;

        ledger.Receive(Batches.Of(1, 2, "key"));
        Assert.False(ScansAsync().IsCompleted);

        Task ScansAsync() => ledger.Scans.WaitAsync(TimeSpan.FromDays(1), TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task Every_message_raises_Updates_and_a_young_gap_is_known()
    {
        Begin(0);
        await UpdatesAsync();
        var next = UpdatesAsync();
        Assert.False(next.IsCompleted);

        ledger.Receive(At(2));
        await next;
        Assert.Null(ledger.FindGap(Patience));
        Assert.True(ledger.HasGap);
        ledger.Receive(Batches.Of(1, 1, "key"));
        ledger.Receive(Batches.Of(1, 2, "key"));
        await UpdatesAsync();
        ledger.FindGap(Patience);

        Assert.False(ledger.HasGap);

        Task UpdatesAsync() => ledger.Updates.WaitAsync(TimeSpan.FromDays(1), TestContext.Current.CancellationToken);
    }

    private static Watermark At(long sequence) => new(1, sequence);

    private void Begin(long sequence) => ledger.Begin(At(sequence));
}
