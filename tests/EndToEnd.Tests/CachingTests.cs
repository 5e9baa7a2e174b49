using LastMile.Events.Caching;
using LastMile.Events.Fabric;
using LastMile.Events.Testing;
using Microsoft.Extensions.Caching.Hybrid;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Xunit;

namespace LastMile.Events.EndToEnd.Tests;

/// <summary>Applications with the caching client, in a replicated and an independent region, with the rights of an application.</summary>
[Collection<SystemTests>]
public sealed class CachingTests(RunningSystem system) : IAsyncLifetime
{
    private static readonly HybridCacheEntryOptions OnlyCached = new() { Flags = HybridCacheEntryFlags.DisableUnderlyingData };

    private IHost replicated = null!;
    private IHost independent = null!;

    public async ValueTask InitializeAsync()
    {
        replicated = await StartAsync(system.Regions[0]);
        independent = await StartAsync(system.Regions[2]);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var process in new[] { replicated, independent })
        {
            await process.StopAsync();
            process.Dispose();
        }
    }

    [Fact]
    public async Task A_committed_change_reaches_the_memory_of_processes_in_every_region()
    {
        var id = system.Take(1)[0];
        foreach (var process in new[] { replicated, independent })
            await KeptAsync(process, $"product:{id}", () => ReadAsync(process, id));

        var changed = await system.QueryAsync<string>("update products set name = name || '!' where id = $1 returning name", id);

        foreach (var process in new[] { replicated, independent })
            await Eventually.Async(() => ReadAsync(process, id), name => name == changed);
    }

    [Fact]
    public async Task A_removal_reaches_processes_in_another_region_through_the_API()
    {
        var key = $"page:{system.Take(1)[0]}";
        foreach (var process in new[] { replicated, independent })
            await KeptAsync(process, key, () => ReadAsync(process, key, "old"));

        await Cache(replicated).RemoveAsync(key);

        Assert.Equal("new", await ReadAsync(replicated, key, "new"));
        await Eventually.Async(async () => await ReadAsync(independent, key, "new") == "new");
    }

    [Fact]
    public async Task A_removal_by_tag_takes_effect_in_the_region_when_it_returns_and_in_another_region_soon()
    {
        var id = system.Take(1)[0];
        var (key, tag) = ($"page:tag:{id}", $"tag:{id}");
        foreach (var process in new[] { replicated, independent })
            await KeptAsync(process, key, () => ReadAsync(process, key, "old", tag));

        await Cache(replicated).RemoveByTagAsync(tag);

        Assert.Equal("new", await ReadAsync(replicated, key, "new", tag));
        await Eventually.Async(async () => await ReadAsync(independent, key, "new", tag) == "new");
    }

    // A process that has just started keeps nothing until it receives purges and knows that the region is sound.
    private static Task KeptAsync(IHost process, string key, Func<Task<string>> read) => Eventually.Async(async () =>
    {
        await read();
        return await Cache(process).GetOrCreateAsync<string?>(key, _ => throw new InvalidOperationException(), OnlyCached) is not null;
    });

    private Task<string> ReadAsync(IHost process, int id) => Cache(process).GetOrCreateAsync(
        $"product:{id}", async _ => await system.QueryAsync<string>("select name from products where id = $1", id)).AsTask();

    private static Task<string> ReadAsync(IHost process, string key, string loaded, params string[] tags) =>
        Cache(process).GetOrCreateAsync(key, _ => ValueTask.FromResult(loaded), tags: tags).AsTask();

    private static LastMileCache Cache(IHost process) => process.Services.GetRequiredService<LastMileCache>();

    private async Task<IHost> StartAsync(RunningRegion region)
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.Services.AddLastMileCache(cache =>
        {
            cache.Region(region.Region.Redis.EndpointAs(RedisUser.Application));
            cache.PurgeApi(system.System.Invalidator.Address);
        });
        var process = builder.Build();
        await process.StartAsync();
        return process;
    }
}
