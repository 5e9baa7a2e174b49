using LastMile.Events.Hosting;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace RegionAgent.Tests;

public sealed class SignalTests
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    private readonly FakeTimeProvider time = new();
    private readonly Signal signal;

    public SignalTests() => signal = new Signal(time);

    [Fact]
    public async Task A_signal_wakes_the_waiter()
    {
        var waiting = WaitAsync();
        Assert.False(waiting.IsCompleted);

        signal.Raise();

        await waiting;
    }

    [Fact]
    public async Task Several_signals_before_the_wait_count_as_one()
    {
        signal.Raise();
        signal.Raise();

        await WaitAsync();
        var next = WaitAsync();

        Assert.False(next.IsCompleted);
        signal.Raise();
        await next;
    }

    [Fact]
    public async Task The_wait_ends_at_the_timeout_and_the_next_signal_is_not_lost()
    {
        var waiting = WaitAsync();
        time.Advance(Second - TimeSpan.FromMilliseconds(1));
        Assert.False(waiting.IsCompleted);
        time.Advance(TimeSpan.FromMilliseconds(1));
        await waiting;

        signal.Raise();

        await WaitAsync();
    }

    [Fact]
    public async Task A_wait_without_a_timeout_ends_only_at_a_signal()
    {
        var waiting = signal.WaitAsync(TestContext.Current.CancellationToken);
        time.Advance(TimeSpan.FromDays(1));
        Assert.False(waiting.IsCompleted);

        signal.Raise();

        await waiting;
    }

    [Fact]
    public async Task The_timeout_of_a_signalled_wait_does_not_end_the_next_wait()
    {
        var waiting = WaitAsync();
        signal.Raise();
        await waiting;
        time.Advance(Second);

        Assert.False(WaitAsync().IsCompleted);
    }

    [Fact]
    public async Task Waiting_ends_when_the_service_stops()
    {
        using var stopping = new CancellationTokenSource();
        var waiting = signal.WaitAsync(Second, stopping.Token);

        await stopping.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
    }

    private Task WaitAsync() => signal.WaitAsync(Second, TestContext.Current.CancellationToken);
}
