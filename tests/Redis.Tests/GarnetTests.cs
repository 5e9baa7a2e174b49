using LastMile.Events.Fabric;
using LastMile.Events.Redis;
using LastMile.Events.Testing;
using StackExchange.Redis;
using Xunit;

namespace Redis.Tests;

/// <summary>What an independent region needs of a server, on Garnet with the rights that deploy/ gives.</summary>
public sealed class GarnetTests(SharedServers servers) : IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);
    private static readonly Watermark Purge = new(1, 2);

    private readonly RedisKeys keys = new();
    private ConnectionMultiplexer agent = null!;
    private ConnectionMultiplexer application = null!;

    private IDatabase Region => agent.GetDatabase();

    public async ValueTask InitializeAsync()
    {
        Assert.SkipUnless(InstalledGarnet.IsInstalled, InstalledGarnet.Advice);
        var garnet = await servers.StartGarnetAsync();
        agent = await ConnectionMultiplexer.ConnectAsync(garnet.EndpointAs(RedisUser.Agent));
        application = await ConnectionMultiplexer.ConnectAsync(garnet.EndpointAs(RedisUser.Application));
    }

    public async ValueTask DisposeAsync()
    {
        await (agent?.DisposeAsync() ?? ValueTask.CompletedTask);
        await (application?.DisposeAsync() ?? ValueTask.CompletedTask);
    }

    [Fact]
    public async Task A_purge_drops_keys_renews_tags_and_reaches_subscribers()
    {
        var received = new TaskCompletionSource<string>();
        await application.GetSubscriber().SubscribeAsync(keys.PurgeChannel, (_, message) => received.TrySetResult(message!));
        await Region.StringSetAsync("product:7", "held");

        Assert.Equal(1, await new ApplyScript(Region, keys).ApplyAsync(Purge, ["product:7"], ["category:3"]));

        Assert.False(await IsHeldAsync("product:7"));
        Assert.StartsWith("1-2-", await Region.StringGetAsync(keys.Tag("category:3")), StringComparison.Ordinal);
        Assert.StartsWith("1 - - ", await received.Task.WaitAsync(Patience), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_purge_of_everything_keeps_the_watermark()
    {
        var checkpoints = new RegionCheckpoints(Region, keys, movesWatermark: true);
        await checkpoints.MoveAsync(await checkpoints.ReadAsync(), Purge, stream: null);
        await Region.StringSetAsync("product:7", "held");

        await new ApplyScript(Region, keys).DropEverythingAsync().WaitAsync(Patience);

        Assert.False(await IsHeldAsync("product:7"));
        Assert.Equal(Purge, (await new SampleScript(Region, keys).SampleAsync()).Shown);
    }

    [Fact]
    public async Task Keys_of_a_prefix_are_scanned_and_dropped()
    {
        for (var i = 0; i < 5_000; i++)
            await Region.StringSetAsync($"product:{i}", "held", flags: CommandFlags.FireAndForget);
        await Region.StringSetAsync("category:3", "held");

        var dropped = await new PrefixScan(Region, keys)
            .RunAsync("product:", TestContext.Current.CancellationToken)
            .WaitAsync(Patience);

        Assert.Equal(5_000, dropped);
        Assert.True(await IsHeldAsync("category:3"));
    }

    [Fact]
    public async Task Old_generations_are_collected_by_the_servers_time()
    {
        var scripts = new GenerationScripts(Region, keys);
        var held = await scripts.ReadHistoryAsync();
        Assert.True(await scripts.ReplaceHistoryAsync(held, AppliedHistory.Parse("").With(held.Now, Purge)));
        await Region.StringSetAsync(keys.Tag("old"), "1-1");
        await Region.StringSetAsync(keys.Tag("new"), "1-3");

        var step = await scripts.StepAsync(Purge, "").WaitAsync(Patience);

        Assert.Equal(1, step.Deleted);
        Assert.True(await IsHeldAsync(keys.Tag("new")));
        Assert.InRange(held.Now - TimeProvider.System.GetUtcNow(), -Patience, Patience);
    }

    [Fact]
    public async Task An_application_reads_whether_the_region_is_sound()
    {
        await new SoundMarker(Region, keys).SetAsync(TimeSpan.FromMinutes(1));

        Assert.True((await new SoundMarker(application.GetDatabase(), keys).ReadAsync()).IsSet);

        await new SoundMarker(Region, keys).ClearAsync();
        Assert.False((await new SoundMarker(application.GetDatabase(), keys).ReadAsync()).IsSet);
    }

    // The agent may not send EXISTS.
    private async Task<bool> IsHeldAsync(RedisKey key) => (await Region.StringGetAsync(key)).HasValue;
}
