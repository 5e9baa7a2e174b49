using LastMile.Events.Redis;
using Xunit;

namespace Redis.Tests;

public sealed class StreamErrorsTests
{
    [Theory]
    [InlineData("run", 7, 3)]
    [InlineData("run", 4, 0)]
    // CONFIG RESETSTAT or a restart has reset the count.
    [InlineData("run", 2, 2)]
    [InlineData("other", 9, 9)]
    public void Errors_since_a_reading_are_the_difference_or_all_after_a_reset(string run, long count, long since) =>
        Assert.Equal(since, new StreamErrors(run, count).Since(new StreamErrors("run", 4)));

    [Fact]
    public void Errors_survive_a_round_trip_through_their_text()
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
    public void Malformed_text_is_refused(string? text) => Assert.False(StreamErrors.TryParse(text, out _));

    [Theory]
    [InlineData("volatile-lru", "keys=7,expires=3,avg_ttl=9", true)]
    [InlineData("volatile-lru", "keys=7,expires=0,avg_ttl=0", false)]
    [InlineData("noeviction", "keys=7,expires=3,avg_ttl=9", false)]
    public void A_server_has_evictable_keys_if_its_policy_evicts_keys_with_a_TTL(string policy, string keys, bool has) => Assert.Equal(
        has, MemoryInfo.Parse($"maxmemory_policy:{policy}\r\n# Keyspace\r\ndb0:{keys}\r\n").HasEvictableKeys);

    [Fact]
    public void Memory_use_limit_and_policy_are_parsed_from_INFO() => Assert.Equal(
        new MemoryInfo(104_857_600, "allkeys-lru") { Used = 60 },
        MemoryInfo.Parse(
            "# Memory\r\nused_memory:100\r\nmem_not_counted_for_evict:40\r\n"
            + "maxmemory:104857600\r\nmaxmemory_human:100.00M\r\nmaxmemory_policy:allkeys-lru\r\n"));
}
