using System.Diagnostics;
using LastMile.Events.Fabric;
using LastMile.Events.Testing;
using Xunit;

namespace Caching.Tests;

/// <summary>Tests reads while the region's Redis is down or can't be used.</summary>
public sealed class OutageTests(ReplicatedRegion region, SharedServers servers) : IClassFixture<ReplicatedRegion>
{
    [Fact]
    public async Task A_server_that_is_down_makes_every_read_a_miss_without_an_exception_and_with_two_warnings()
    {
        await using var process = new CacheProcess($"127.0.0.1:{FreePort.Next()},connectTimeout=500", cache => cache.RequireAgent = false);
        await process.StartAsync(waitForPurges: false);

        for (var read = 0; read < 20; read++)
            Assert.Equal("v" + read, await process.Cache.GetOrCreateAsync("key", _ => ValueTask.FromResult("v" + read)));

        // One about each connection.
        await Eventually.Async(() => process.Warnings.Count == 2);
        Assert.Equal(2, process.Warnings.Count);
    }

    [Fact]
    public async Task A_link_that_swallows_everything_ends_the_trust_in_memory_within_its_time()
    {
        await using var link = new WanLink(region.Server.Port);
        await using var process = new CacheProcess($"127.0.0.1:{link.Port},asyncTimeout=500");
        await process.StartAsync();
        var key = region.NewKey();
        await process.Cache.GetOrCreateAsync(key, _ => ValueTask.FromResult("v1"));
        await Eventually.Async(() => process.Holds(key));

        link.Cut();
        var cutAt = Stopwatch.GetTimestamp();
        await Eventually.Async(() => !process.Holds(key));

        Assert.InRange(Stopwatch.GetElapsedTime(cutAt).TotalSeconds, 0, 3);
        Assert.Equal("v2", await process.Cache.GetOrCreateAsync(key, _ => ValueTask.FromResult("v2")));
        link.Mend();
        await Eventually.Async(() => process.ReceivesPurges);
    }

    [Fact]
    public async Task A_key_of_another_type_and_a_full_server_are_misses()
    {
        var full = await servers.StartRedisAsync(config: new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["maxmemory"] = "1",
            ["maxmemory-policy"] = "noeviction",
        });
        await using var onFull = new CacheProcess(full.Endpoint, cache => cache.RequireAgent = false);
        await onFull.StartAsync();
        await using var process = await region.StartAsync();
        var (hash, foreign) = (region.NewKey(), region.NewKey());
        await region.Redis.HashSetAsync(hash, "field", "value");
        await region.Redis.StringSetAsync(foreign, "of another program");

        Assert.Equal("v1", await onFull.Cache.GetOrCreateAsync(hash, _ => ValueTask.FromResult("v1")));
        Assert.Equal("v1", await process.Cache.GetOrCreateAsync(hash, _ => ValueTask.FromResult("v1")));
        Assert.Equal("v1", await process.Cache.GetOrCreateAsync(foreign, _ => ValueTask.FromResult("v1")));
        Assert.Equal("of another program", await region.Redis.StringGetAsync(foreign));
    }

    [Theory]
    [InlineData("")]
    [InlineData(" ")]
    [InlineData("new\nline")]
    [InlineData("lm:main:watermark")]
    [InlineData("half a pair <half>")]
    public async Task A_key_that_can_not_be_cached_is_loaded_each_time(string key)
    {
        await using var process = await region.StartAsync();
        // An attribute can't hold half of a surrogate pair.
        key = key.Replace("<half>", "\ud800", StringComparison.Ordinal);

        for (var read = 0; read < 2; read++)
            Assert.Equal("v" + read, await process.Cache.GetOrCreateAsync(key, _ => ValueTask.FromResult("v" + read)));
    }

    [Fact]
    public async Task Values_are_used_only_while_the_agent_states_that_purges_arrive()
    {
        await using var process = await region.StartAsync();
        var key = region.NewKey();
        await process.Cache.GetOrCreateAsync(key, _ => ValueTask.FromResult("v1"));
        await Eventually.Async(() => process.Holds(key));

        await region.StateAsync(isSound: false);
        await Eventually.Async(() => !process.Holds(key));
        Assert.Equal("v2", await process.Cache.GetOrCreateAsync(key, _ => ValueTask.FromResult("v2")));

        await region.StateAsync(isSound: true);
        await Eventually.Async(() => process.Holds(key));
        Assert.Equal("v1", await process.Cache.GetOrCreateAsync(key, _ => ValueTask.FromResult("v3")));
        Assert.Single(process.Warnings, warning => warning.Contains("/status", StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_report_of_an_agent_does_not_outlive_the_server_in_a_copy_of_its_data()
    {
        await using var process = await region.StartAsync();

        await region.Redis.StringSetAsync(region.Keys.Sound, "the run of another server", TimeSpan.FromMinutes(1));
        await Eventually.Async(() => !process.IsSound);

        await region.StateAsync(isSound: true);
        await Eventually.Async(() => process.IsSound);
    }

    [Fact]
    public async Task The_user_of_an_application_has_the_rights_that_the_cache_needs()
    {
        // Processes of these tests log in as that user.
        await using var process = await region.StartAsync(cache => cache.RemoveFromThisRegionOnly = true);
        await using var other = await region.StartAsync();
        var (key, tag, author) = (region.NewKey(), "tag:" + region.NewKey(), "author:" + region.NewKey());
        await region.PurgeAsync([], tag, author);
        await process.CatchUpAsync();

        await process.Cache.GetOrCreateAsync(
            key,
            (context, _) =>
            {
                context.Tags.Add(author);
                return ValueTask.FromResult("v1");
            },
            tags: [tag]);
        await Eventually.Async(() => process.Holds(key));
        Assert.Equal("v1", await other.Cache.GetOrCreateAsync(key, _ => ValueTask.FromResult("v2")));
        await process.Cache.RemoveAsync(key);
        await other.CatchUpAsync();

        Assert.False(other.Holds(key));
        Assert.Empty(process.Warnings);
        // It may not renew a tag, because that would make old entries valid.
        await Assert.ThrowsAnyAsync<StackExchange.Redis.RedisException>(async () => await process.Cache.RemoveByTagAsync(tag));
    }

    [Fact]
    public async Task Wrong_settings_stop_the_application_and_are_all_reported()
    {
        await using var process = new CacheProcess("127.0.0.1:1,serviceName=region,defaultDatabase=3", cache =>
        {
            cache.TrustFor = TimeSpan.Zero;
            cache.KeyPrefix = null!;
            cache.PurgeApi(new Uri("/relative", UriKind.Relative));
        });

        var failure = await Assert.ThrowsAsync<Microsoft.Extensions.Options.OptionsValidationException>(
            () => process.StartAsync(waitForPurges: false));

        Assert.Equal(5, failure.Failures.Count());
    }
}
