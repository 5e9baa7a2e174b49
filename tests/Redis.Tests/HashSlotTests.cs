using StackExchange.Redis;
using Xunit;

namespace LastMile.Events.Redis.Tests;

public sealed class HashSlotTests
{
    // The first is from the Redis cluster specification.
    [Theory]
    [InlineData("123456789", 12_739)]
    [InlineData("foo{bar}zap", 5_061)]
    [InlineData("bar", 5_061)]
    [InlineData("{}bar", 6_479)]
    public void A_key_has_the_slot_that_Redis_computes(string key, int slot) => Assert.Equal(slot, HashSlot.Of(key));

    [Fact]
    public void Each_slot_has_a_hash_tag()
    {
        for (var slot = 0; slot < HashSlot.Count; slot++)
            Assert.Equal(slot, HashSlot.Of($"any{{{HashSlot.TagOf(slot)}}}name"));
    }

    [Fact]
    public void All_names_of_a_shard_have_the_slot_of_its_hash_tag()
    {
        var keys = new RedisKeys(Shard: HashSlot.TagOf(77));

        RedisKey[] names = [keys.Watermark, keys.Applied, keys.Late, keys.Scan, keys.Sound, keys.History];

        Assert.All(names, name => Assert.Equal(77, HashSlot.Of(name.ToString())));
        Assert.Equal(77, HashSlot.Of(keys.PurgeChannel.ToString()));
    }
}
