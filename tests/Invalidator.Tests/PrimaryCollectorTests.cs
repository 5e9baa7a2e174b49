using System.Diagnostics.Metrics;
using LastMile.Events.Messages;
using LastMile.Events.Redis;
using LastMile.Events.Testing;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Invalidator.Tests;

/// <summary>
/// Tests that the collection deletes old tag generations on the primary and, by replication, in its regions. Cache entries live for at most
/// one second here.
/// </summary>
public sealed class PrimaryCollectorTests(ShortLivedEntries running, SharedServers servers) : IClassFixture<ShortLivedEntries>
{
    // A generation that may be deleted is deleted after 26 samples, so after 30 it would be gone.
    private const int SampleCount = 30;

    private readonly World world = running.World;

    [Fact]
    public async Task A_generation_that_every_region_has_is_deleted_everywhere_and_counted()
    {
        using var metrics = new CollectedMetrics(running.Invalidator);
        var purge = await PurgeAsync("counted");

        await ReportAsync("syd", purge, purge);
        await ReportAsync("ams", purge, purge);

        await GoneAsync("counted");
        await Eventually.Async(() => metrics.Deleted > 0 && metrics.Memory > 0 && metrics.Limit == 512 * 1_024 * 1_024);
        await running.Invalidator.Log.HasAsync("tag generations of purges up to");
    }

    [Fact]
    public async Task Generations_that_a_lagging_region_lacks_are_kept()
    {
        var (first, second) = (await PurgeAsync("first"), await PurgeAsync("second"));

        // The region has the first purge by replication, but its agent does not know it yet.
        await ReportAsync("syd", first, "1-0");
        await ReportAsync("ams", second, second);
        await GoneAsync("first");
        await SampledAsync(world, SampleCount);

        Assert.Equal(second, await world.GenerationAsync("second"));
        await ReportAsync("syd", second, second);
        await GoneAsync("second");
    }

    [Fact]
    public async Task Generations_are_kept_for_a_silent_region_until_it_is_forgotten()
    {
        await world.ExecuteAsync(
            "insert into lastmile.region "
            + "values ('gru', 'Replicated', 'Converged', 1, 0, 1, 0, clock_timestamp() - interval '1 day')");
        var purge = await PurgeAsync("kept");

        await ReportAsync("syd", purge, purge);
        await ReportAsync("ams", purge, purge);
        await SampledAsync(world, SampleCount);

        Assert.Equal(purge, await world.GenerationAsync("kept"));
        await running.Invalidator.SendAsync(HttpMethod.Delete, "/regions/gru");
        await GoneAsync("kept");
    }

    [Fact]
    public async Task Nothing_is_deleted_without_regions_and_the_history_survives_a_restart_and_stays_short()
    {
        await using var alone = await World.CreateAsync(servers);
        string first;
        await using (var invalidator = await RunningInvalidator.StartReadyAsync(alone, ShortLivedEntries.Lifetime))
        {
            await invalidator.PurgeAsync("""{"tags":["alone"]}""");
            first = string.Join(' ', (await Eventually.Async(() => SamplesAsync(alone), samples => samples.Length >= 3))[..3]);
        }

        var seen = (await SamplesAsync(alone)).Length;
        await using var next = await RunningInvalidator.StartAsync(alone, ShortLivedEntries.Lifetime);
        var longer = await Eventually.Async(() => SamplesAsync(alone), samples => samples.Length > seen);
        Assert.StartsWith(first, string.Join(' ', longer), StringComparison.Ordinal);

        // A full history drops its first samples.
        var full = await Eventually.Async(
            () => SamplesAsync(alone), samples => !string.Join(' ', samples).StartsWith(first, StringComparison.Ordinal));
        Assert.Equal(50, full.Length);
        Assert.NotNull(await alone.GenerationAsync("alone"));
    }

    [Fact]
    public async Task Two_Invalidators_together_keep_the_sampling_interval()
    {
        await using var shared = await World.CreateAsync(servers);
        await using var first = await RunningInvalidator.StartAsync(shared, ShortLivedEntries.Lifetime);
        await using var second = await RunningInvalidator.StartAsync(shared, ShortLivedEntries.Lifetime);
        await Task.WhenAll(first.ReadyAsync(), second.ReadyAsync());

        await SampledAsync(shared, SampleCount);

        var times = (await SamplesAsync(shared)).Select(TimeOf).ToArray();
        Assert.All(times.Zip(times.Skip(1)), pair => Assert.InRange(pair.Second - pair.First, 41, long.MaxValue));
    }

    /// <summary>Purges a tag, waits until the region has the new generation, and returns it.</summary>
    private async Task<string> PurgeAsync(string tag)
    {
        var watermark = (await running.Invalidator.PurgeAsync($$"""{"tags":["{{tag}}"]}""")).Watermark;
        await Eventually.Async(
            () => world.GenerationAsync(tag), generation => generation == watermark, sought: $"the generation {watermark} of {tag}");
        return watermark;
    }

    /// <summary>Reports a region's watermarks, and waits until the Invalidator shows them.</summary>
    private async Task ReportAsync(string region, string shown, string applied)
    {
        await running.Bus.PublishAsync(new RegionReported(
            region, "agent-1", "Replicated", "Converged", ToWatermark(shown), ToWatermark(applied), DateTimeOffset.UnixEpoch));
        await Eventually.Async(
            async () => (await running.Invalidator.GetAsync($"/regions/{region}")).Body.ToString(),
            seen => seen.Contains($"\"shown\":\"{shown}\"", StringComparison.Ordinal));
    }

    private static RegionWatermark ToWatermark(string text) => Watermark.TryParse(text, out var watermark)
        ? new(watermark.Epoch, watermark.Sequence)
        : throw new FormatException(text);

    private Task<string?> GoneAsync(string tag) => Eventually.Async(
        () => world.GenerationAsync(tag), generation => generation is null, sought: $"no generation of {tag}");

    /// <summary>Waits until the history has a number of new samples.</summary>
    private static async Task SampledAsync(World world, int count)
    {
        var newest = await SamplesAsync(world) is [.., var last] ? TimeOf(last) : 0;
        await Eventually.Async(
            () => SamplesAsync(world),
            samples => samples.Count(sample => TimeOf(sample) > newest) >= count,
            sought: $"{count} new samples");
    }

    // Reads the history from the region, to which the primary replicates it.
    private static async Task<string[]> SamplesAsync(World world) =>
        ((string?)await world.Region.StringGetAsync("lm:main:history") ?? "").Split(' ', StringSplitOptions.RemoveEmptyEntries);

    private static long TimeOf(string sample) => long.Parse(sample.Split(':')[0]);

    /// <summary>The metrics of one Invalidator.</summary>
    private sealed class CollectedMetrics : IDisposable
    {
        private readonly MeterListener listener = new();
        private long deleted;
        private long memory;
        private long limit;

        public CollectedMetrics(RunningInvalidator invalidator)
        {
            var meters = invalidator.App.Services.GetRequiredService<IMeterFactory>();
            listener.InstrumentPublished = (instrument, meterListener) =>
            {
                if (ReferenceEquals(instrument.Meter.Scope, meters))
                    meterListener.EnableMeasurementEvents(instrument);
            };
            listener.SetMeasurementEventCallback<long>((instrument, value, _, _) => Record(instrument.Name, value));
            listener.Start();
        }

        public long Deleted => Interlocked.Read(ref deleted);

        public long Memory => Interlocked.Read(ref memory);

        public long Limit => Interlocked.Read(ref limit);

        public void Dispose() => listener.Dispose();

        private void Record(string instrument, long value)
        {
            if (instrument == "lastmile.tags.collected")
                Interlocked.Add(ref deleted, value);
            else if (instrument == "lastmile.primary.memory")
                Interlocked.Exchange(ref memory, value);
            else if (instrument == "lastmile.primary.memory.limit")
                Interlocked.Exchange(ref limit, value);
        }
    }
}

/// <summary>An Invalidator with a maximum entry lifetime of one second.</summary>
public sealed class ShortLivedEntries(SharedServers servers) : PurgingInvalidator(servers, Lifetime)
{
    internal static readonly (string Key, string? Value) Lifetime = ("Invalidator:LongestEntryLifetime", "1s");
}
