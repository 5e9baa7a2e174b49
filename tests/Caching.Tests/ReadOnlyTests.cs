using LastMile.Events.Fabric;
using LastMile.Events.Testing;
using Microsoft.Extensions.Caching.Hybrid;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Options;
using Xunit;

namespace Caching.Tests;

/// <summary>Tests what only a region does whose Redis is a read-only replica: it lags, and entries are stored on another server.</summary>
public sealed class ReadOnlyTests(ReadOnlyRegion region, SharedServers servers) : IClassFixture<ReadOnlyRegion>, IAsyncLifetime
{
    private static readonly HybridCacheEntryOptions NoMemory = new() { Flags = HybridCacheEntryFlags.DisableLocalCache };

    private int loads;

    // Earlier tests have changed the links.
    public async ValueTask InitializeAsync()
    {
        region.Link.Mend();
        region.Replication.Mend();
        await region.Server.WaitForSyncAsync(TestContext.Current.CancellationToken);
        await region.StateAsync(isSound: true);
        await region.WaitForReplicaAsync();
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Fact]
    public async Task The_user_of_an_application_has_the_rights_that_the_cache_needs_on_both_servers()
    {
        await using var process = await region.StartAsync(cache => cache.RemoveFromThisRegionOnly = true);
        await using var other = await region.StartAsync();
        var (key, tag, author) = (region.NewKey(), "tag:" + region.NewKey(), "author:" + region.NewKey());
        await region.PurgeAsync([], tag, author);
        await process.Cache.GetOrCreateAsync(
            key,
            (context, _) =>
            {
                context.Tags.Add(author);
                return ValueTask.FromResult("v1");
            },
            tags: [tag]);
        await FilledAsync(key);
        Assert.Equal("v1", await ReadAsync(other, key, "v2"));

        await process.Cache.RemoveAsync(key);
        await other.CatchUpAsync();

        Assert.False(other.Holds(key));
        Assert.Equal(HealthStatus.Healthy, (await process.HealthAsync()).Status);
        Assert.Empty(process.Warnings);
        Assert.Empty(other.Warnings);
    }

    [Fact]
    public async Task Without_the_primary_the_replicas_entries_are_served_and_other_values_are_loaded_and_not_stored()
    {
        await using var process = await region.StartAsync();
        var (held, missing) = (region.NewKey(), region.NewKey());
        await ReadAsync(process, held, "v1");
        await FilledAsync(held);
        await region.WaitForReplicaAsync();

        region.Link.Cut();
        await Eventually.Async(async () => await ReadAsync(process, missing, "v1", NoMemory) is { } && process.Warnings.Count > 0);

        Assert.Equal("v1", await ReadAsync(process, held, "v2", NoMemory));
        Assert.Equal("v2", await ReadAsync(process, missing, "v2"));
        Assert.Equal("v3", await ReadAsync(process, missing, "v3"));
        Assert.Contains($"The primary 127.0.0.1:{region.Link.Port}", Assert.Single(process.Warnings), StringComparison.Ordinal);
        await HasProblemAsync(process, $"The primary 127.0.0.1:{region.Link.Port}");

        region.Link.Mend();
        await Eventually.Async(async () => (await process.HealthAsync()).Status == HealthStatus.Healthy);
        Assert.Equal("v4", await ReadAsync(process, missing, "v4"));
        await FilledAsync(missing);
    }

    [Fact]
    public async Task An_entry_that_the_replica_does_not_hold_yet_is_found_on_the_primary()
    {
        await using var one = await region.StartAsync();
        await using var other = await region.StartAsync();
        var key = region.NewKey();
        region.Replication.Cut();
        await ReadAsync(one, key, "v1");
        await FilledAsync(key);

        Assert.Equal("v1", await ReadAsync(other, key, "v2"));
        Assert.Equal(1, loads);
    }

    [Fact]
    public async Task An_entry_whose_purge_the_replica_lacks_is_not_served_after_the_agents_report_has_expired()
    {
        await using var process = await region.StartAsync();
        var key = region.NewKey();
        await ReadAsync(process, key, "v1");
        await FilledAsync(key);
        await region.StateAsync(TimeSpan.FromSeconds(2));
        await region.WaitForReplicaAsync();

        region.Replication.Cut();
        await region.ApplyAsync([key]);
        await Eventually.Async(() => !process.IsSound);

        Assert.NotNull(await region.Server.SendAsync("GET", key));
        for (var read = 0; read < 20; read++)
            Assert.Equal("v" + read, await ReadAsync(process, key, "v" + read));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_load_that_a_purge_on_the_primary_overtakes_is_not_stored_while_the_replica_lags(bool byTag)
    {
        await using var process = await region.StartAsync();
        await using var other = await region.StartAsync();
        var (key, tag) = (region.NewKey(), "tag:" + region.NewKey());
        region.Replication.Cut();

        await process.Cache.GetOrCreateAsync(
            key,
            async _ =>
            {
                await (byTag ? region.ApplyAsync([], tag) : region.ApplyAsync([key]));
                return "v1";
            },
            tags: [tag]);
        // Its fill is sent after the other one's.
        await ReadAsync(process, "later:" + key, "v1");
        await FilledAsync("later:" + key);

        Assert.Equal("v2", await ReadAsync(other, key, "v2", tags: tag));
    }

    [Fact]
    public async Task An_entry_on_the_primary_is_not_served_if_one_of_its_tags_was_purged_there_while_the_replica_lags()
    {
        await using var one = await region.StartAsync();
        await using var other = await region.StartAsync();
        var (key, tag) = (region.NewKey(), "author:" + region.NewKey());
        region.Replication.Cut();
        await one.Cache.GetOrCreateAsync(key, (context, _) =>
        {
            context.Tags.Add(tag);
            return ValueTask.FromResult("v1");
        });
        await FilledAsync(key);

        await region.ApplyAsync([], tag);

        Assert.Equal("v2", await ReadAsync(other, key, "v2"));
    }

    [Fact]
    public async Task A_former_primary_that_lacks_a_purge_of_the_replica_is_not_used()
    {
        var former = await servers.StartRedisAsync(RedisRole.FilledPrimary);
        await using var process = await region.StartAsync(cache => cache.RegionPrimary(former.EndpointAs(RedisUser.Application)));
        var key = region.NewKey();
        await using (var elsewhere = await StartOnAsync(former))
            await ReadAsync(elsewhere, key, "v1");
        await Eventually.Async(async () => await former.SendAsync("GET", key) is string content && content[1] == 'V');
        await region.PurgeAsync([key]);

        Assert.Equal("v2", await ReadAsync(process, key, "v2"));
        Assert.Equal("v3", await ReadAsync(process, key, "v3"));
        Assert.Contains("RegionPrimary must be the primary itself", Assert.Single(process.Warnings), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_restarted_replica_is_not_used_until_the_agent_reports_on_its_new_run()
    {
        await using var process = await region.StartAsync();
        var key = region.NewKey();
        await ReadAsync(process, key, "v1");
        await FilledAsync(key);

        await region.Server.Process.RestartAsync(TestContext.Current.CancellationToken);
        await region.Server.WaitForSyncAsync(TestContext.Current.CancellationToken);
        await Eventually.Async(() => process.Warnings.Any(warning => warning.Contains("/status", StringComparison.Ordinal)));
        await Eventually.Async(() => process.ReceivesPurges);

        Assert.NotNull(await region.Server.SendAsync("GET", key));
        Assert.Equal("v2", await ReadAsync(process, key, "v2"));
        await region.StateAsync(isSound: true);
        await Eventually.Async(async () => await ReadAsync(process, key, "v3") == "v1");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_read_waits_for_the_load_of_another_regions_reader(bool replicaLags)
    {
        await using var process = await region.StartAsync();
        await using var elsewhere = await StartOnPrimaryAsync();
        var key = region.NewKey();
        var (begun, finish) = (new TaskCompletionSource(), new TaskCompletionSource());
        if (replicaLags)
            region.Replication.Cut();
        var load = elsewhere.Cache.GetOrCreateAsync(key, async _ =>
        {
            begun.SetResult();
            await finish.Task;
            return "v1";
        }).AsTask();
        await begun.Task;

        var read = ReadAsync(process, key, "v2");
        Assert.NotSame(read, await Task.WhenAny(read, Task.Delay(TimeSpan.FromMilliseconds(200))));
        finish.SetResult();

        Assert.Equal("v1", await read);
        Assert.Equal("v1", await load);
        Assert.Equal(0, loads);
    }

    [Fact]
    public async Task A_value_that_is_set_after_a_purge_that_the_replica_lacks_does_not_outlive_its_arrival()
    {
        await using var process = await region.StartAsync(cache => cache.LeaseTime = TimeSpan.FromSeconds(1));
        await using var elsewhere = await StartOnPrimaryAsync();
        await Eventually.Async(() => process.HasReceivedPurgesFor(TimeSpan.FromSeconds(4)));
        var key = region.NewKey();
        region.Replication.Cut();
        await region.ApplyAsync([key]);

        await process.Cache.SetAsync(key, "v1");

        Assert.True(process.Holds(key));
        Assert.Equal("v2", await ReadAsync(elsewhere, key, "v2"));
        region.Replication.Mend();
        await region.WaitForReplicaAsync();
        await process.CatchUpAsync();
        Assert.Equal("v2", await ReadAsync(process, key, "v3"));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_read_after_a_removal_does_not_find_on_the_replica_what_was_removed_on_the_primary(bool bySet)
    {
        await using var process = await region.StartAsync(cache => cache.RemoveFromThisRegionOnly = true);
        var key = region.NewKey();
        await ReadAsync(process, key, "v1");
        await FilledAsync(key);
        await region.WaitForReplicaAsync();

        region.Replication.Delay = TimeSpan.FromMilliseconds(200);
        await (bySet ? process.Cache.SetAsync(key, "v2", NoMemory) : process.Cache.RemoveAsync(key));
        region.Replication.Delay = TimeSpan.Zero;

        Assert.Equal("v3", await ReadAsync(process, key, "v3", NoMemory));
    }

    [Fact]
    public async Task A_cluster_is_refused_as_the_primary_and_as_the_replica()
    {
        var cluster = await servers.StartRedisClusterAsync();
        var node = cluster.Nodes[0].Server.Endpoint;
        await using var process = await region.StartAsync(cache => cache.RegionPrimary(node));
        await using var onCluster = new CacheProcess(node, cache =>
        {
            cache.RegionPrimary(region.Primary.Endpoint);
            cache.RequireAgent = false;
        });
        await onCluster.StartAsync(waitForPurges: false);
        var key = region.NewKey();

        Assert.Equal("v1", await ReadAsync(process, key, "v1"));
        Assert.Equal("v2", await ReadAsync(process, key, "v2"));
        await Eventually.Async(() => process.Warnings.Any(warning => warning.Contains("no cluster", StringComparison.Ordinal)));
        await HasProblemAsync(process, "no cluster");

        await Eventually.Async(() => onCluster.Warnings.Any(
            warning => warning.Contains("a cluster, which can't have a RegionPrimary", StringComparison.Ordinal)));
        Assert.Equal("v1", await ReadAsync(onCluster, key, "v1"));
        Assert.Equal("v2", await ReadAsync(onCluster, key, "v2"));
        Assert.False(onCluster.ReceivesPurges);
    }

    [Fact]
    public async Task Several_servers_are_rejected_as_the_primary_and_as_the_replica()
    {
        await using var process = new CacheProcess("127.0.0.1:1,127.0.0.1:2", cache => cache.RegionPrimary("127.0.0.1:1,127.0.0.1:2"));

        var failure = await Assert.ThrowsAsync<OptionsValidationException>(() => process.StartAsync(waitForPurges: false));

        Assert.Equal(2, failure.Failures.Count());
    }

    // A process in the primary's own region.
    private Task<CacheProcess> StartOnPrimaryAsync() => StartOnAsync(region.Primary);

    private static async Task<CacheProcess> StartOnAsync(RedisServer primary)
    {
        var process = new CacheProcess(primary.EndpointAs(RedisUser.Application), cache => cache.RequireAgent = false);
        await process.StartAsync(waitForPurges: false);
        await Eventually.Async(() => process.ReceivesPurges && process.IsConnected);
        return process;
    }

    private static async Task HasProblemAsync(CacheProcess process, string text)
    {
        var health = Assert.Single((await process.HealthAsync()).Entries.Values);
        Assert.Equal(HealthStatus.Degraded, health.Status);
        Assert.Contains(text, health.Description, StringComparison.Ordinal);
    }

    private Task FilledAsync(string key) => Eventually.Async(async () =>
        (string?)await region.Redis.StringGetAsync(key) is { } content && content[1] is 'V');

    private async Task<string> ReadAsync(
        CacheProcess process, string key, string value, HybridCacheEntryOptions? options = null, params string[] tags) =>
        await process.Cache.GetOrCreateAsync(
            key,
            _ =>
            {
                Interlocked.Increment(ref loads);
                return ValueTask.FromResult(value);
            },
            options,
            tags);
}
