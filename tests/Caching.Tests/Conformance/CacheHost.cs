using LastMile.Events.Caching;
using LastMile.Events.Testing;
using Microsoft.Extensions.Caching.Hybrid;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Caching.Tests.Conformance;

/// <summary>A process of an application that uses either cache.</summary>
public sealed class CacheHost : IAsyncDisposable
{
    private readonly IHost host;
    private readonly WarningRecorder log = new();

    public CacheHost(Action<IServiceCollection> register)
    {
        ArgumentNullException.ThrowIfNull(register);
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        register(builder.Services);
        builder.Logging.AddProvider(log);
        host = builder.Build();
    }

    public IServiceProvider Services => host.Services;

    public HybridCache Cache => Services.GetRequiredService<HybridCache>();

    /// <summary>The warnings and errors that the process has logged.</summary>
    public IReadOnlyCollection<string> Warnings => log.Warnings;

    private CacheParts? Parts => Services.GetService<CacheParts>();

    /// <summary>Starts the process, and waits until its cache keeps values.</summary>
    /// <param name="hasRedis">Whether its Redis answers.</param>
    public async Task StartAsync(bool hasRedis = true)
    {
        await host.StartAsync();
        if (hasRedis && Parts is { } parts)
            await Eventually.Async(() => parts.Feed.Trust.Holds && parts.Soundness.Holds);
    }

    /// <summary>Waits until the cache of this product stores values that it did not load.</summary>
    public Task ReadyToSetAsync() => Eventually.Async(() => Parts is null || Parts.Feed.Trust.HasHeldFor(CacheSide.LeaseTime));

    /// <summary>Waits until the cache of this product has received the purges of other processes.</summary>
    public Task CatchUpAsync() => Parts?.Feed.CatchUpAsync(CancellationToken.None) ?? Task.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        await host.StopAsync();
        await ((IAsyncDisposable)host).DisposeAsync();
    }
}
