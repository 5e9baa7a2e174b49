using LastMile.Events.EntityFrameworkCore;
using LastMile.Events.Fabric;
using LastMile.Events.Redis;
using LastMile.Events.Testing;
using MassTransit;
using Microsoft.AspNetCore.Builder;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using StackExchange.Redis;
using Storefront.Catalog;

namespace Storefront.Tests;

/// <summary>The whole Storefront with its own database, Redis and virtual host, migrated and seeded, on a free port.</summary>
internal sealed class RunningStorefront : IAsyncDisposable
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(20);

    private readonly RedisServer redis;
    private readonly WebApplication app;
    private readonly WarningRecorder log;

    private RunningStorefront(RedisServer redis, WebApplication app, WarningRecorder log)
    {
        (this.redis, this.app, this.log) = (redis, app, log);
        Http = new HttpClient { BaseAddress = new Uri(app.Urls.Single()) };
    }

    public HttpClient Http { get; }

    public IReadOnlyCollection<string> Warnings => log.Warnings;

    public static async Task<RunningStorefront> StartAsync(SharedServers servers, params (string Setting, string Value)[] settings)
    {
        var regionRedis = await servers.StartRedisAsync(RedisRole.Region);
        var builder = WebApplication.CreateBuilder();
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>(StringComparer.Ordinal)
        {
            ["Urls"] = "http://127.0.0.1:0",
            ["ConnectionStrings:Storefront"] = await servers.CreateDatabaseAsync(FillAsync),
            ["Redis:ConnectionString"] = regionRedis.EndpointAs(RedisUser.Application),
            ["RabbitMq:Uri"] = (await servers.CreateVirtualHostAsync()).ToString(),
        });
        builder.Configuration.AddInMemoryCollection(
            settings.ToDictionary(pair => pair.Setting, string? (pair) => pair.Value, StringComparer.Ordinal));
        var warnings = new WarningRecorder();
        builder.Logging.ClearProviders().AddProvider(warnings);
        builder.AddStorefront();
        var built = builder.Build();
        built.MapStorefront();

        await built.StartAsync();
        var storefront = new RunningStorefront(regionRedis, built, warnings);
        await storefront.AllowCacheAsync();
        return storefront;
    }

    /// <summary>Reports as an agent does that readers may use the cache; returns when the Storefront uses it.</summary>
    public async Task AllowCacheAsync()
    {
        await MarkAsync(marker => marker.SetAsync(TimeSpan.FromHours(1)));
        await Eventually.Async(async () => await Http.GetStringAsync(new Uri("/health/ready", UriKind.Relative)) == "Healthy");
    }

    /// <summary>Reports that the region is behind.</summary>
    public Task ForbidCacheAsync() => MarkAsync(marker => marker.ClearAsync());

    public async Task<T> DatabaseAsync<T>(Func<CatalogDb, Task<T>> query)
    {
        await using var scope = app.Services.CreateAsyncScope();
        return await query(scope.ServiceProvider.GetRequiredService<CatalogDb>());
    }

    /// <summary>Publishes a message and waits until the Storefront has consumed it.</summary>
    public async Task DeliverAsync<T>(T message)
        where T : class
    {
        var bus = app.Services.GetRequiredService<IBusControl>();
        await bus.WaitForHealthStatus(BusHealthStatus.Healthy, Deadline);

        var consumed = new Consumed<T>();
        using var observing = bus.ConnectConsumeMessageObserver(consumed);
        await bus.Publish(message);
        await consumed.Completion.WaitAsync(Deadline);
    }

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        await app.DisposeAsync();
        await redis.Process.DisposeAsync();
    }

    private async Task MarkAsync(Func<SoundMarker, Task> report)
    {
        await using var agent = await ConnectionMultiplexer.ConnectAsync(redis.Endpoint);
        await report(new SoundMarker(agent.GetDatabase(), new RedisKeys()));
    }

    private static async Task FillAsync(string connectionString)
    {
        await using var db = new CatalogDb(new DbContextOptionsBuilder<CatalogDb>().UseNpgsql(connectionString).UseLastMile().Options);
        await db.Database.MigrateAsync();
        await db.SeedAsync(products: 100);
    }

    private sealed class Consumed<T> : IConsumeMessageObserver<T>
        where T : class
    {
        private readonly TaskCompletionSource done = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task Completion => done.Task;

        public Task PreConsume(ConsumeContext<T> context) => Task.CompletedTask;

        public Task PostConsume(ConsumeContext<T> context)
        {
            done.TrySetResult();
            return Task.CompletedTask;
        }

        public Task ConsumeFault(ConsumeContext<T> context, Exception exception)
        {
            done.TrySetException(exception);
            return Task.CompletedTask;
        }
    }
}
