using LastMile.Events.Redis;
using Xunit;

namespace Redis.Tests;

public sealed class StreamErrorsTests
{
    [Theory]
    [InlineData("run", 7, 3)]
    [InlineData("run", 4, 0)]
    // The count began again: CONFIG RESETSTAT, or another run.
    [InlineData("run", 2, 2)]
    [InlineData("other", 9, 9)]
    public void The_errors_since_a_look_are_the_difference_or_all_where_the_count_began_again(string run, long count, long since) =>
        Assert.Equal(since, new StreamErrors(run, count).Since(new StreamErrors("run", 4)));

    [Fact]
    public void It_is_read_as_it_is_written()
    {
        Assert.True(StreamErrors.TryParse(new StreamErrors("8ff5", 12).ToString(), out var errors));
        Assert.Equal(new StreamErrors("8ff5", 12), errors);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("8ff5")]
    [InlineData(":12")]
    [InlineData("8ff5:-1")]
    [InlineData("8ff5:1:2")]
    public void Any_other_text_is_refused(string? text) => Assert.False(StreamErrors.TryParse(text, out _));

    [Fact]
    public void The_policy_the_limit_and_the_use_are_read_from_what_the_server_says() => Assert.Equal(
        new MemoryInfo(104_857_600, "allkeys-lru") { Used = 60 },
        MemoryInfo.Parse("# Memory\r\nused_memory:100\r\nmem_not_counted_for_evict:40\r\nmaxmemory:104857600\r\nmaxmemory_human:100.00M\r\nmaxmemory_policy:allkeys-lru\r\n"));
}
