using LastMile.Events.EntityFrameworkCore;
using LastMile.Events.Fabric;
using LastMile.Events.Testing;
using MassTransit;
using Microsoft.AspNetCore.Builder;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Storefront.Catalog;

namespace Storefront.Tests;

/// <summary>The whole Storefront with its own database, Redis and virtual host, migrated and seeded, on a free port.</summary>
internal sealed class RunningStorefront : IAsyncDisposable
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(20);

    private readonly RedisServer redis;
    private readonly WebApplication app;

    private RunningStorefront(RedisServer redis, WebApplication app)
    {
        this.redis = redis;
        this.app = app;
        Http = new HttpClient { BaseAddress = new Uri(app.Urls.Single()) };
    }

    public HttpClient Http { get; }

    public static async Task<RunningStorefront> StartAsync(SharedServers servers, params (string Setting, string Value)[] settings)
    {
        var regionRedis = await servers.StartRedisAsync(RedisRole.Region);
        var builder = WebApplication.CreateBuilder();
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>(StringComparer.Ordinal)
        {
            ["Urls"] = "http://127.0.0.1:0",
            ["Region"] = "ams",
            ["ConnectionStrings:Storefront"] = await servers.CreateDatabaseAsync(FillAsync),
            ["Redis:ConnectionString"] = regionRedis.EndpointAs(RedisUser.Application),
            ["RabbitMq:Uri"] = (await servers.CreateVirtualHostAsync()).ToString(),
        });
        builder.Configuration.AddInMemoryCollection(
            settings.ToDictionary(pair => pair.Setting, string? (pair) => pair.Value, StringComparer.Ordinal));
        builder.Logging.ClearProviders();
        builder.AddStorefront();
        var built = builder.Build();
        built.MapStorefront();

        await built.StartAsync();
        return new RunningStorefront(regionRedis, built);
    }

    /// <summary>Requests a page and returns its cache result: <c>hit</c> or <c>miss</c>.</summary>
    public async Task<string> CacheAsync(string path)
    {
        using var response = await Http.GetAsync(new Uri(path, UriKind.Relative));
        return response.Headers.GetValues("X-Cache").Single();
    }

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
