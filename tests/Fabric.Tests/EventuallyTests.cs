using LastMile.Events.Testing;
using Xunit;

namespace Fabric.Tests;

public sealed class EventuallyTests
{
    [Fact]
    public async Task It_returns_the_first_value_that_is_as_sought()
    {
        var looks = 0;

        var value = await Eventually.Async(() => Task.FromResult(++looks), look => look >= 3);

        Assert.Equal(3, value);
    }

    [Fact]
    public async Task A_timeout_says_what_was_sought_and_what_was_seen_last()
    {
        var error = await Assert.ThrowsAsync<TimeoutException>(
            () => Eventually.Async(() => Task.FromResult("stale"), seen => seen == "fresh", TimeSpan.FromMilliseconds(50)));

        Assert.Equal("Not within 0.1 s: seen => seen == \"fresh\". Last seen: stale", error.Message);
    }

    [Fact]
    public async Task A_probe_that_hangs_ends_at_the_deadline_too()
    {
        var never = new TaskCompletionSource<bool>();

        await Assert.ThrowsAsync<TimeoutException>(() => Eventually.Async(() => never.Task, TimeSpan.FromMilliseconds(50)));
    }
}
