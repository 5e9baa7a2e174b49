using LastMile.Events.Caching;
using LastMile.Events.Testing;
using Microsoft.Extensions.Caching.Hybrid;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Xunit;

namespace Caching.Tests;

/// <summary>Tests removals through the application's own way to request purges.</summary>
public sealed class PurgeRequesterTests(ReplicatedRegion region) : IClassFixture<ReplicatedRegion>
{
    [Fact]
    public async Task Removals_are_requested_from_the_applications_own_service()
    {
        var purges = new RecordedPurges();
        using var host = Build(purges);
        var cache = host.Services.GetRequiredService<HybridCache>();

        await cache.RemoveAsync(["product:1", "product:2", "product:1"]);
        await cache.RemoveByTagAsync("category:7");

        Assert.Equal(["product:1 product:2 / ", " / category:7"], purges.Requests);
    }

    [Fact]
    public async Task A_removal_of_many_keys_is_requested_in_parts_of_a_message()
    {
        var purges = new RecordedPurges();
        using var host = Build(purges);

        await host.Services.GetRequiredService<HybridCache>().RemoveAsync(Enumerable.Range(1, 2_001).Select(id => $"product:{id}"));

        Assert.Equal([1_000, 1_000, 1], purges.Requests.Select(request => request.Split(' ').Count(name => name.Contains(':'))));
    }

    [Fact]
    public async Task A_removal_by_tag_returns_when_the_purge_has_arrived_in_the_region()
    {
        var tag = "tag:" + region.NewKey();
        var purges = new RecordedPurges();
        using var host = Build(purges);
        await host.StartAsync();
        await Eventually.Async(() => host.Services.GetRequiredService<CacheParts>().Connection.IsConnected);
        var purge = Task.CompletedTask;
        // Accepted, and applied later.
        purges.Accepted = () => purge = Task.Run(() => region.PurgeAsync([], tag));

        await host.Services.GetRequiredService<HybridCache>().RemoveByTagAsync(tag);

        Assert.True(await region.Redis.KeyExistsAsync(region.Keys.Tag(tag)));
        await purge;
        await host.StopAsync();
    }

    [Fact]
    public async Task A_purge_that_is_not_accepted_fails_the_removal()
    {
        using var host = Build(new RecordedPurges { Failure = new InvalidOperationException("no broker") });

        var failure = await Assert.ThrowsAsync<InvalidOperationException>(
            async () => await host.Services.GetRequiredService<HybridCache>().RemoveAsync("product:1"));

        Assert.Equal("no broker", failure.Message);
    }

    private IHost Build(IPurgeRequester purges)
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.Services.AddLastMileCache(cache => cache.Region(region.Server.Endpoint));
        builder.Services.AddSingleton(purges);
        return builder.Build();
    }

    private sealed class RecordedPurges : IPurgeRequester
    {
        public List<string> Requests { get; } = [];

        public Exception? Failure { get; init; }

        /// <summary>Called for each request.</summary>
        public Action? Accepted { get; set; }

        public Task PurgeAsync(IReadOnlyCollection<string> keys, IReadOnlyCollection<string> tags, CancellationToken cancellationToken)
        {
            Requests.Add($"{string.Join(' ', keys)} / {string.Join(' ', tags)}");
            Accepted?.Invoke();
            return Failure is null ? Task.CompletedTask : Task.FromException(Failure);
        }
    }
}
