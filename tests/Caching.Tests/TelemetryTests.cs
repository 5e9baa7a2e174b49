using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using LastMile.Events.Testing;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Xunit;

namespace Caching.Tests;

public sealed class TelemetryTests(ReplicatedRegion region) : IClassFixture<ReplicatedRegion>
{
    [Fact]
    public async Task Reads_and_fills_are_counted_by_level_and_result()
    {
        var counts = new ConcurrentDictionary<string, long>(StringComparer.Ordinal);
        await using var process = await region.StartAsync();
        await using var other = await region.StartAsync();
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, self) =>
            {
                if (instrument.Meter.Name == "LastMile" && (process.Owns(instrument.Meter) || other.Owns(instrument.Meter)))
                    self.EnableMeasurementEvents(instrument);
            },
        };
        listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) =>
            counts.AddOrUpdate($"{instrument.Name} {(tags.Length > 0 ? tags[0].Value : "")}", value, (_, sum) => sum + value));
        listener.Start();
        var key = region.NewKey();

        await process.Cache.GetOrCreateAsync(key, _ => ValueTask.FromResult("v1"));
        await Eventually.Async(() => process.Holds(key));
        await process.Cache.GetOrCreateAsync(key, _ => ValueTask.FromResult("v1"));
        await other.Cache.GetOrCreateAsync(key, _ => ValueTask.FromResult("v1"));
        await process.Cache.GetOrCreateAsync(region.NewKey(), async _ =>
        {
            await region.Purges.DropEverythingAsync(1);
            await region.WaitForReplicaAsync();
            await region.StateAsync(isSound: true);
            return "v1";
        });

        await Eventually.Async(() => counts.ContainsKey("lastmile.cache.fills purged"));
        Assert.Equal(
            (1, 1, 2, 1, 1),
            (counts["lastmile.cache.reads memory"], counts["lastmile.cache.reads region"], counts["lastmile.cache.reads source"],
                counts["lastmile.cache.fills stored"], counts["lastmile.cache.fills purged"]));
    }

    [Fact]
    public async Task The_health_check_is_degraded_while_the_cache_is_not_used()
    {
        await using var process = await region.StartAsync();
        Assert.Equal(HealthStatus.Healthy, (await process.HealthAsync()).Status);

        await region.StateAsync(isSound: false);
        await Eventually.Async(() => !process.IsSound);

        var report = await process.HealthAsync();
        Assert.Equal(HealthStatus.Degraded, report.Status);
        Assert.Contains("/status", report.Entries["lastmile-cache"].Description, StringComparison.Ordinal);
        await region.StateAsync(isSound: true);
    }
}
