using LastMile.Events.Invalidator.Configuration;
using LastMile.Events.Invalidator.Intake.Outbox;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Invalidator.Tests;

public sealed class DoorbellTests
{
    private static readonly TimeSpan Soon = TimeSpan.FromMilliseconds(50);

    private readonly FakeTimeProvider time = new();
    private readonly Doorbell doorbell;

    public DoorbellTests() => doorbell = new Doorbell(Options.Create(new InvalidatorOptions()), time) { Stream = StreamState.Open };

    [Fact]
    public async Task The_claim_polls_often_for_200_ms_after_a_ring()
    {
        doorbell.Ring();
        await doorbell.WaitAsync(0, CancellationToken.None);

        time.Advance(TimeSpan.FromMilliseconds(150));
        Assert.True(await PollsSoonAsync());
        time.Advance(TimeSpan.FromMilliseconds(50));
        Assert.False(await PollsSoonAsync());
    }

    [Fact]
    public async Task A_poll_that_was_too_early_is_repeated_even_after_five_seconds()
    {
        doorbell.Ring();
        await doorbell.WaitAsync(0, CancellationToken.None);

        time.Advance(TimeSpan.FromSeconds(5));
        Assert.True(await PollsSoonAsync());
        Assert.False(await PollsSoonAsync());
    }

    private async Task<bool> PollsSoonAsync()
    {
        using var stop = new CancellationTokenSource();
        var waiting = doorbell.WaitAsync(8, stop.Token);
        time.Advance(Soon);
        var soon = waiting.IsCompleted;
        await stop.CancelAsync();
        await ((Task)waiting).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return soon;
    }
}
