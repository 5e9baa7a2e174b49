using LastMile.Events.Redis;
using LastMile.Events.RegionAgent.Observed;
using Xunit;

namespace RegionAgent.Tests;

public sealed class MemoryWarningTests
{
    [Theory]
    [InlineData(1_000, "allkeys-lru", "'maxmemory-policy volatile-lru'")]
    [InlineData(1_000, "allkeys-random", "'maxmemory-policy volatile-lru'")]
    [InlineData(1_000, "volatile-lfu", null)]
    [InlineData(1_000, "noeviction", null)]
    [InlineData(0, "allkeys-lru", null)]
    public void A_policy_that_evicts_keys_without_a_TTL_causes_a_warning(long limit, string policy, string? setting)
    {
        var warning = MemoryWarning.Of(new MemoryInfo(limit, policy), "127.0.0.1:6379");

        if (setting is null)
            Assert.Null(warning);
        else
            Assert.Contains(setting, warning, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1_000, 900, "noeviction", true)]
    [InlineData(1_000, 899, "noeviction", false)]
    [InlineData(0, 900, "noeviction", false)]
    [InlineData(1_000, 1_000, "volatile-lru", false)]
    public void A_nearly_full_region_without_eviction_causes_a_warning(long limit, long used, string policy, bool warned)
    {
        var warning = MemoryWarning.Of(new MemoryInfo(limit, policy) { Used = used }, "127.0.0.1:6379");

        Assert.Equal(warned, warning?.Contains("90 % of its maxmemory", StringComparison.Ordinal) ?? false);
    }
}
