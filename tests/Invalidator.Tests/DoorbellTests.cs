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
    public async Task After_a_ring_one_looks_again_soon_until_what_was_young_is_not_any_more()
    {
        doorbell.Ring();
        await doorbell.WaitAsync(0, CancellationToken.None);

        time.Advance(TimeSpan.FromMilliseconds(150));
        Assert.True(await LooksSoonAsync());
        time.Advance(TimeSpan.FromMilliseconds(50));
        Assert.False(await LooksSoonAsync());
    }

    [Fact]
    public async Task A_look_that_came_too_early_is_followed_by_another_however_late()
    {
        doorbell.Ring();
        await doorbell.WaitAsync(0, CancellationToken.None);

        time.Advance(TimeSpan.FromSeconds(5));
        Assert.True(await LooksSoonAsync());
        Assert.False(await LooksSoonAsync());
    }

    private async Task<bool> LooksSoonAsync()
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
