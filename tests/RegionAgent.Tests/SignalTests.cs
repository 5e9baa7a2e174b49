using LastMile.Events.RegionAgent;
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
    public async Task A_call_wakes_who_waits()
    {
        var waiting = WaitAsync();
        Assert.False(waiting.IsCompleted);

        signal.Raise();

        await waiting;
    }

    [Fact]
    public async Task Calls_before_it_looks_are_one()
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
    public async Task Without_a_call_it_looks_when_it_is_time_and_no_call_is_lost_by_that()
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
    public async Task Who_was_called_is_not_woken_by_the_time_that_it_would_have_waited()
    {
        var waiting = WaitAsync();
        signal.Raise();
        await waiting;
        time.Advance(Second);

        Assert.False(WaitAsync().IsCompleted);
    }

    [Fact]
    public async Task Waiting_ends_with_the_service()
    {
        using var stopping = new CancellationTokenSource();
        var waiting = signal.WaitAsync(Second, stopping.Token);

        await stopping.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
    }

    private Task WaitAsync() => signal.WaitAsync(Second, TestContext.Current.CancellationToken);
}
