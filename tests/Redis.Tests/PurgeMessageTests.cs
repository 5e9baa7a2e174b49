using System.Runtime.InteropServices;
using System.Text;
using LastMile.Events.Redis;
using StackExchange.Redis;
using Xunit;

namespace Redis.Tests;

/// <summary>Tests the form of the message that names what a purge dropped, and which purges publish it in the region.</summary>
public sealed class PurgeMessageTests(ReplicatedPair redis) : IClassFixture<ReplicatedPair>
{
    private readonly RedisKeys keys = redis.NewKeys();
    private PurgeScript Purges => field ??= new PurgeScript(redis.Primary, keys);
    private ApplyScript Repairs => field ??= new ApplyScript(redis.Region, keys);

    [Theory]
    [InlineData("", 0x38D394C2u)]
    [InlineData("product:1", 0x51581589u)]
    [InlineData("größe:äöü", 0xFF329395u)]
    public void A_hash_is_the_lower_half_of_XXH3(string name, uint hash) => Assert.Equal(hash, PurgeMessage.HashOf(name));

    [Fact]
    public void A_name_of_any_length_has_a_hash()
    {
        var name = new string('ü', 10_000);

        Assert.Equal(PurgeMessage.HashOf(name), MemoryMarshal.Read<uint>(PurgeMessage.HashesOf([name])));
    }

    [Theory]
    [InlineData("1 3-42 - ", "3-42", false, 0)]
    [InlineData("1 3-42 - abcdefgh", "3-42", false, 2)]
    [InlineData("1 3-42 100:105:101,103 abcd", "3-42", false, 1)]
    [InlineData("1 - - *", null, true, 0)]
    [InlineData("1 - - * * ", null, false, 1)]
    public void A_message_contains_the_watermark_and_the_names(string body, string? watermark, bool all, int names)
    {
        Assert.True(PurgeMessage.TryParse(Encoding.UTF8.GetBytes(body), out var message, out var hashes));
        Assert.Equal((watermark, all), (message.Watermark?.ToString(), message.All));
        Assert.Equal(names * PurgeMessage.HashLength, hashes.Length);
    }

    [Theory]
    [InlineData("")]
    [InlineData("1")]
    [InlineData("2 3-42 - abcd")]
    [InlineData("1 3-42 abcd")]
    [InlineData("1 rubbish - abcd")]
    [InlineData("1 3-42 - abc")]
    public void Another_form_is_not_readable(string body) =>
        Assert.False(PurgeMessage.TryParse(Encoding.UTF8.GetBytes(body), out _, out _));

    [Theory]
    [InlineData(Propagation.Carrier)]
    [InlineData(Propagation.Each)]
    public async Task A_purge_publishes_its_keys_and_generation_keys_in_the_region(Propagation propagation)
    {
        await Purges.OpenEpochAsync(1);
        Purges.Propagation = propagation;
        var received = await SubscribeAsync();

        await Purges.ApplyAsync(1, ["a", "b"], ["t"]);

        Assert.Equal(("1-1", "a b t"), await ReadAsync(received, "a", "b", "t"));
    }

    [Fact]
    public async Task A_purge_without_names_publishes_its_watermark()
    {
        await Purges.OpenEpochAsync(1);
        var received = await SubscribeAsync();

        await Purges.ApplyAsync(1, [], []);

        Assert.Equal(("1-1", ""), await ReadAsync(received));
    }

    [Fact]
    public async Task A_purge_of_everything_or_by_prefix_publishes_all_names()
    {
        await Purges.OpenEpochAsync(1);
        var received = await SubscribeAsync();

        await Purges.ApplyPrefixAsync(1);
        Assert.Equal(("1-1", "*"), await ReadAsync(received));
        await Purges.DropEverythingAsync(1);
        Assert.Equal(("1-2", "*"), await ReadAsync(received));
    }

    [Fact]
    public async Task A_replay_publishes_its_names_without_a_watermark()
    {
        await Purges.OpenEpochAsync(1);
        var received = await SubscribeAsync();

        await Purges.ReplayAsync(1, 2, ["a"], ["t"]);
        Assert.Equal((null, "a t"), await ReadAsync(received, "a", "t"));
        await Purges.ReplayEverythingAsync(1, 2);
        Assert.Equal((null, "*"), await ReadAsync(received));
    }

    [Fact]
    public async Task A_purge_by_the_agent_publishes_its_names_without_a_watermark()
    {
        var received = await SubscribeAsync();

        await Repairs.ApplyAsync(new Watermark(1, 5), ["a"], ["t"]);
        Assert.Equal((null, "a t"), await ReadAsync(received, "a", "t"));
        await Repairs.DropEverythingAsync();
        Assert.Equal((null, "*"), await ReadAsync(received));
    }

    [Fact]
    public async Task The_first_and_the_last_step_of_a_scan_publish_all_names()
    {
        await redis.Region.StringSetAsync(
            [.. Enumerable.Range(0, 3_000).Select(n => KeyValuePair.Create((RedisKey)$"scan:{n}", (RedisValue)1))]);
        var received = await SubscribeAsync();
        var scan = new PrefixScan(redis.Region, keys);

        var (steps, cursor) = (0, "");
        do
        {
            (cursor, _, _) = await scan.StepAsync("scan:", cursor);
            steps++;
        }
        while (cursor.Length > 0);
        await Purges.OpenEpochAsync(1);
        await Purges.ApplyAsync(1, ["end"], []);

        Assert.InRange(steps, 3, 20);
        Assert.Equal((null, "*"), await ReadAsync(received));
        Assert.Equal((null, "*"), await ReadAsync(received));
        Assert.Equal(("1-1", "end"), await ReadAsync(received, "end"));
    }

    [Theory]
    [InlineData("1-5", true)]
    [InlineData("1-6", true)]
    [InlineData("2-0", true)]
    [InlineData("1-4", false)]
    [InlineData(null, false)]
    public async Task The_agent_marks_a_tag_purge_that_the_watermark_has_passed(string? shown, bool late)
    {
        if (shown is not null)
            await redis.Region.StringSetAsync(keys.Watermark, shown);

        await Repairs.ApplyAsync(new Watermark(1, 5), ["a"], ["t"]);
        var first = await redis.Region.StringGetAsync(keys.Late);
        await Repairs.ApplyAsync(new Watermark(1, 5), ["a"], ["t"]);

        Assert.Equal(late, first.HasValue);
        Assert.Equal(late, first != await redis.Region.StringGetAsync(keys.Late));
    }

    private async Task<ChannelMessageQueue> SubscribeAsync()
    {
        await redis.WaitForReplicaAsync();
        return await redis.RegionSubscriber.SubscribeAsync(keys.PurgeChannel);
    }

    // Names each hash that belongs to one of the keys or tags.
    private async Task<(string? Watermark, string Names)> ReadAsync(ChannelMessageQueue received, params string[] names)
    {
        var body = (byte[])(await received.ReadAsync(TestContext.Current.CancellationToken)).Message!;
        Assert.True(PurgeMessage.TryParse(body, out var message, out var hashes));
        var known = names.ToDictionary(name => PurgeMessage.HashOf(name.Length > 0 && name[0] == 't' ? keys.Tag(name).ToString() : name));
        return (
            message.Watermark?.ToString(),
            message.All ? "*" : string.Join(' ', MemoryMarshal.Cast<byte, uint>(hashes).ToArray().Select(hash => known[hash])));
    }
}
