using System.Collections.Concurrent;
using System.Diagnostics.Tracing;
using LastMile.Events.Fabric;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Caching.Tests.Conformance;

/// <summary>Tests the event source of HybridCache, which is one for the whole process. So no other test may run at the same time.</summary>
[Collection<Alone>]
public sealed class EventSourceTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Only_Microsofts_cache_writes_to_its_event_source(bool isLastMile)
    {
        using var listener = new Listener();
        await using var process = new CacheHost(services =>
        {
            if (isLastMile)
                services.AddLastMileCache(cache => cache.Region($"127.0.0.1:{FreePort.Next()}"));
            else
                services.AddHybridCache();
        });
        await process.StartAsync(hasRedis: false);

        await process.Cache.GetOrCreateAsync("key", _ => ValueTask.FromResult("v1"));

        // This product has a meter and traces instead, as its services do.
        Assert.Equal(isLastMile, listener.Events.IsEmpty);
    }

    private sealed class Listener : EventListener
    {
        public ConcurrentQueue<string?> Events { get; } = new();

        protected override void OnEventSourceCreated(EventSource eventSource)
        {
            if (eventSource.Name == "Microsoft-Extensions-HybridCache")
                EnableEvents(eventSource, EventLevel.Verbose);
        }

        protected override void OnEventWritten(EventWrittenEventArgs eventData)
        {
            if (eventData.EventSource.Name == "Microsoft-Extensions-HybridCache")
                Events.Enqueue(eventData.EventName);
        }
    }
}

/// <summary>Tests that run while no other does.</summary>
[CollectionDefinition(DisableParallelization = true)]
public sealed class Alone;
