using LastMile.Events.Redis;
using LastMile.Events.Testing;
using StackExchange.Redis;
using Xunit;

namespace Caching.Tests;

/// <summary>Tests that nothing is served from memory that may have missed a purge.</summary>
public abstract class PurgeFeedTests(CacheRegion region)
{
    [Fact]
    public async Task A_killed_connection_drops_all_values_and_the_process_connects_again()
    {
        await using var process = await region.StartAsync();
        var key = await HeldKeyAsync(process);

        await region.AdminAsync("CLIENT", "KILL", "TYPE", "pubsub");

        await Eventually.Async(() => !process.Holds(key));
        await Eventually.Async(() => process.ReceivesPurges);
        await HeldKeyAsync(process);
    }

    [Fact]
    public async Task A_flushed_server_drops_all_values()
    {
        await using var process = await region.StartAsync();
        var key = await HeldKeyAsync(process);

        await region.AdminAsync("FLUSHALL");
        await region.StateAsync(isSound: true);

        await Eventually.Async(() => !process.Holds(key));
        Assert.True(process.ReceivesPurges);
    }

    [Theory]
    [InlineData("1 - - *")]
    [InlineData("2 1-1 - - something of a later version")]
    [InlineData("")]
    public async Task A_purge_of_all_names_and_an_unreadable_message_drop_all_values(string body)
    {
        await using var process = await region.StartAsync();
        var key = await HeldKeyAsync(process);

        await region.PublishAsync(body);

        await process.CatchUpAsync();
        Assert.False(process.Holds(key));
    }

    [Fact]
    public async Task Values_that_are_all_dropped_take_no_memory()
    {
        await using var process = await region.StartAsync();
        await HeldKeyAsync(process);
        Assert.NotEqual(0, process.LocalBytes);

        await region.PublishAsync("1 - - *");
        await process.CatchUpAsync();

        Assert.Equal(0, process.LocalBytes);
        await HeldKeyAsync(process);
        Assert.NotEqual(0, process.LocalBytes);
    }

    [Fact]
    public async Task A_purge_drops_only_the_values_that_it_names()
    {
        await using var process = await region.StartAsync();
        var (kept, dropped) = (await HeldKeyAsync(process), await HeldKeyAsync(process));

        await region.PurgeAsync([dropped]);

        await process.CatchUpAsync();
        Assert.Equal((true, false), (process.Holds(kept), process.Holds(dropped)));
    }

    [Fact]
    public async Task A_purge_that_an_agent_applies_drops_the_values()
    {
        await using var process = await region.StartAsync();
        var key = await HeldKeyAsync(process);

        await region.RepairAsync([key]);

        await process.CatchUpAsync();
        Assert.False(process.Holds(key));
    }

    [Fact]
    public async Task A_user_without_permission_to_track_is_served_but_the_missing_permission_is_logged()
    {
        await region.AdminAsync("ACL", "SETUSER", "app", "on", ">secret", "~*", "&*", "+@all", "-client|tracking");
        await using var process = await region.StartAsync(cache => cache.Region($"{region.Endpoint},user=app,password=secret"));
        var key = await HeldKeyAsync(process);

        await region.PurgeAsync([key]);

        await process.CatchUpAsync();
        Assert.False(process.Holds(key));
        Assert.Single(process.Warnings, warning => warning.Contains("+client|tracking", StringComparison.Ordinal));
    }

    protected async Task<string> HeldKeyAsync(CacheProcess process)
    {
        var key = region.NewKey();
        await process.Cache.GetOrCreateAsync(key, _ => ValueTask.FromResult("v1"));
        await Eventually.Async(() => process.Holds(key));
        return key;
    }
}

/// <summary>Tests what only a single server does.</summary>
public sealed class ReplicatedPurgeFeedTests(ReplicatedRegion region, SharedServers servers)
    : PurgeFeedTests(region), IClassFixture<ReplicatedRegion>
{
    [Fact]
    public async Task A_missing_sequence_drops_all_values()
    {
        await using var process = await region.StartAsync();
        var (key, tag) = (await HeldKeyAsync(process), "tag:" + region.NewKey());
        await region.PurgeAsync([], tag);
        await process.CatchUpAsync();
        Assert.True(process.Holds(key));

        await region.PublishAsync("1 1-1000000 - ");

        await process.CatchUpAsync();
        Assert.False(process.Holds(key));
    }

    [Fact]
    public async Task A_server_without_RESP3_is_subscribed_to_in_the_older_protocol_and_the_log_contains_no_password()
    {
        var old = await servers.StartRedisAsync(config: new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["rename-command HELLO"] = "renamed",
        });
        await CacheRegion.AdminAsync(old, "ACL", "SETUSER", "app", "on", ">hidden", "~*", "&*", "+@all");
        await using var connection = await ConnectionMultiplexer.ConnectAsync(old.Endpoint);
        await using var process = new CacheProcess($"{old.Endpoint},user=app,password=hidden", cache => cache.RequireAgent = false);
        await process.StartAsync(waitForPurges: false);
        await Eventually.Async(() => process.ReceivesPurges && process.IsConnected);
        var key = await HeldKeyAsync(process);

        await new ApplyScript(connection.GetDatabase(), region.Keys).ApplyAsync(new Watermark(1, 1), [key], []);

        await process.CatchUpAsync();
        Assert.False(process.Holds(key));
        Assert.Contains("RESP3", Assert.Single(process.Warnings), StringComparison.Ordinal);
        Assert.DoesNotContain("hidden", string.Join(' ', process.Warnings), StringComparison.Ordinal);
    }
}

public sealed class ClusterPurgeFeedTests(ClusterRegion region) : PurgeFeedTests(region), IClassFixture<ClusterRegion>;

public sealed class ReadOnlyPurgeFeedTests(ReadOnlyRegion region) : PurgeFeedTests(region), IClassFixture<ReadOnlyRegion>;
