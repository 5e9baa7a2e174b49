using LastMile.Events.Testing;
using Xunit;

namespace Fabric.Tests;

public sealed class EventuallyTests
{
    [Fact]
    public async Task A_wait_returns_the_first_matching_value()
    {
        var looks = 0;

        var value = await Eventually.Async(() => Task.FromResult(++looks), look => look >= 3);

        Assert.Equal(3, value);
    }

    [Fact]
    public async Task A_timeout_reports_the_condition_and_the_last_value()
    {
        var error = await Assert.ThrowsAsync<TimeoutException>(
            () => Eventually.Async(() => Task.FromResult("stale"), seen => seen == "fresh", TimeSpan.FromMilliseconds(50)));

        Assert.Equal("Not true within 0.1 s: seen => seen == \"fresh\". Last value: stale", error.Message);
    }

    [Fact]
    public async Task A_hanging_probe_ends_at_the_deadline()
    {
        var never = new TaskCompletionSource<bool>();

        await Assert.ThrowsAsync<TimeoutException>(() => Eventually.Async(() => never.Task, TimeSpan.FromMilliseconds(50)));
    }
}
