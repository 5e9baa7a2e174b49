using LastMile.Events.Redis;
using LastMile.Events.RegionAgent.Repair;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace RegionAgent.Tests;

/// <summary>Whom a ledger wakes, and when.</summary>
public sealed class PurgeLedgerSignalTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(500);

    private readonly PurgeLedger ledger = new(new FakeTimeProvider());

    [Fact]
    public void Each_move_of_what_is_applied_is_told_and_nothing_else()
    {
        var told = 0;
        ledger.Advanced += (_, _) => told++;

        Begin(0);
        ledger.Receive(Batches.Of(1, 1, "key"));
        Assert.Equal(1, told);
        ledger.Prove(At(1));
        ledger.Prove(At(1));
        ledger.Receive(At(1));

        Assert.Equal(2, told);
    }

    [Fact]
    public async Task A_purge_that_waits_is_signalled()
    {
        Begin(0);
        ledger.Receive(Batches.Of(1, 1, "key"));

        await ledger.Work.WaitAsync(TimeSpan.FromDays(1), TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task What_needs_a_scan_is_signalled_when_it_comes_and_when_it_may_begin()
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
    public async Task Whatever_is_heard_is_news_and_a_young_gap_is_known()
    {
        Begin(0);
        await NewsAsync();
        var next = NewsAsync();
        Assert.False(next.IsCompleted);

        ledger.Receive(At(2));
        await next;
        Assert.Null(ledger.FindGap(Patience));
        Assert.True(ledger.HasGap);
        ledger.Receive(Batches.Of(1, 1, "key"));
        ledger.Receive(Batches.Of(1, 2, "key"));
        await NewsAsync();
        ledger.FindGap(Patience);

        Assert.False(ledger.HasGap);

        Task NewsAsync() => ledger.Updates.WaitAsync(TimeSpan.FromDays(1), TestContext.Current.CancellationToken);
    }

    private static Watermark At(long sequence) => new(1, sequence);

    private void Begin(long sequence) => ledger.Begin(At(sequence));
}
