using LastMile.Events.Hosting;
using Xunit;

namespace RegionAgent.Tests;

public sealed class LatchTests
{
    private readonly Latch latch = new();

    [Fact]
    public async Task An_opening_releases_every_waiter()
    {
        var (first, second) = (WaitAsync(), WaitAsync());
        Assert.False(first.IsCompleted);
        Assert.False(second.IsCompleted);

        latch.Open();

        await Task.WhenAll(first, second);
    }

    [Fact]
    public async Task An_open_latch_holds_no_waiter()
    {
        latch.Open();
        latch.Open();

        await WaitAsync();
        await WaitAsync();
    }

    [Fact]
    public async Task A_closed_latch_holds_new_waiters()
    {
        latch.Open();
        latch.Close();

        var waiting = WaitAsync();

        Assert.False(waiting.IsCompleted);
        latch.Open();
        await waiting;
    }

    [Fact]
    public async Task A_second_close_keeps_the_waiters()
    {
        latch.Close();
        var waiting = WaitAsync();
        latch.Close();

        latch.Open();

        await waiting;
    }

    [Fact]
    public async Task A_latch_that_closes_at_once_releases_the_waiters_that_it_held()
    {
        var held = WaitAsync();

        latch.Open();
        latch.Close();
        var late = WaitAsync();

        await held;
        Assert.False(late.IsCompleted);
    }

    [Fact]
    public async Task Waiting_ends_when_the_service_stops()
    {
        using var stopping = new CancellationTokenSource();
        var waiting = latch.Opened.WaitAsync(stopping.Token);

        await stopping.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
    }

    private Task WaitAsync() => latch.Opened.WaitAsync(TestContext.Current.CancellationToken);
}
