using System.Diagnostics.Metrics;
using LastMile.Events.Messages;
using LastMile.Events.Redis;
using LastMile.Events.Testing;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Invalidator.Tests;

/// <summary>Old tag generations go on the primary, and by replication in its regions; here an entry lives for a second at most.</summary>
public sealed class PrimaryCollectorTests(ShortLivedEntries running, SharedServers servers) : IClassFixture<ShortLivedEntries>
{
    // A generation that may go is gone after 26 notes.
    private const int Rounds = 30;

    private readonly World world = running.World;

    [Fact]
    public async Task A_generation_that_every_region_has_goes_in_the_region_too_and_is_counted()
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
    public async Task A_region_that_lags_keeps_the_generations_that_it_has_not()
    {
        var (first, second) = (await PurgeAsync("first"), await PurgeAsync("second"));

        // By replication it has the first one; its agent does not know that yet.
        await ReportAsync("syd", first, "1-0");
        await ReportAsync("ams", second, second);
        await GoneAsync("first");
        await NotedAsync(world, Rounds);

        Assert.Equal(second, await world.GenerationAsync("second"));
        await ReportAsync("syd", second, second);
        await GoneAsync("second");
    }

    [Fact]
    public async Task A_silent_region_keeps_the_generations_until_it_is_forgotten()
    {
        await world.ExecuteAsync("insert into lastmile.region values ('gru', 'Replicated', 'Converged', 1, 0, 1, 0, clock_timestamp() - interval '1 day')");
        var purge = await PurgeAsync("kept");

        await ReportAsync("syd", purge, purge);
        await ReportAsync("ams", purge, purge);
        await NotedAsync(world, Rounds);

        Assert.Equal(purge, await world.GenerationAsync("kept"));
        await running.Invalidator.SendAsync(HttpMethod.Delete, "/regions/gru");
        await GoneAsync("kept");
    }

    [Fact]
    public async Task Where_no_region_is_known_nothing_goes_and_the_history_outlives_the_Invalidator_and_stays_short()
    {
        await using var alone = await World.CreateAsync(servers);
        string first;
        await using (var invalidator = await RunningInvalidator.StartReadyAsync(alone, ShortLivedEntries.Lifetime))
        {
            await invalidator.PurgeAsync("""{"tags":["alone"]}""");
            first = string.Join(' ', (await Eventually.Async(() => NotesAsync(alone), notes => notes.Length >= 3))[..3]);
        }

        await using var next = await RunningInvalidator.StartReadyAsync(alone, ShortLivedEntries.Lifetime);
        var seen = (await NotesAsync(alone)).Length;
        Assert.StartsWith(first, string.Join(' ', await Eventually.Async(() => NotesAsync(alone), notes => notes.Length > seen)), StringComparison.Ordinal);

        // The first ones have gone.
        var full = await Eventually.Async(() => NotesAsync(alone), notes => !string.Join(' ', notes).StartsWith(first, StringComparison.Ordinal));
        Assert.Equal(50, full.Length);
        Assert.NotNull(await alone.GenerationAsync("alone"));
    }

    [Fact]
    public async Task Two_Invalidators_share_the_rounds()
    {
        await using var shared = await World.CreateAsync(servers);
        await using var first = await RunningInvalidator.StartAsync(shared, ShortLivedEntries.Lifetime);
        await using var second = await RunningInvalidator.StartAsync(shared, ShortLivedEntries.Lifetime);
        await Task.WhenAll(first.ReadyAsync(), second.ReadyAsync());

        await NotedAsync(shared, Rounds);

        var times = (await NotesAsync(shared)).Select(TimeOf).ToArray();
        Assert.All(times.Zip(times.Skip(1)), pair => Assert.InRange(pair.Second - pair.First, 41, long.MaxValue));
    }

    /// <summary>Purges a tag; returns its generation when the region has it.</summary>
    private async Task<string> PurgeAsync(string tag)
    {
        var watermark = (await running.Invalidator.PurgeAsync($$"""{"tags":["{{tag}}"]}""")).Watermark;
        await Eventually.Async(() => world.GenerationAsync(tag), generation => generation == watermark, sought: $"the generation {watermark} of {tag}");
        return watermark;
    }

    /// <summary>Reports how far a region is, and waits until the Invalidator knows.</summary>
    private async Task ReportAsync(string region, string shown, string applied)
    {
        await running.Bus.PublishAsync(new RegionReported(region, "agent-1", "Replicated", "Converged", Place(shown), Place(applied), DateTimeOffset.UnixEpoch));
        await Eventually.Async(
            async () => (await running.Invalidator.GetAsync($"/regions/{region}")).Body.ToString(),
            seen => seen.Contains($"\"shown\":\"{shown}\"", StringComparison.Ordinal));
    }

    private static RegionWatermark Place(string text) => Watermark.TryParse(text, out var place) ? new(place.Epoch, place.Sequence) : throw new FormatException(text);

    private Task<string?> GoneAsync(string tag) => Eventually.Async(() => world.GenerationAsync(tag), generation => generation is null, sought: $"no generation of {tag}");

    /// <summary>Waits for some more notes.</summary>
    private static async Task NotedAsync(World world, int count)
    {
        var newest = await NotesAsync(world) is [.., var last] ? TimeOf(last) : 0;
        await Eventually.Async(() => NotesAsync(world), notes => notes.Count(note => TimeOf(note) > newest) >= count, sought: $"{count} notes");
    }

    // Replicated, as all that the primary holds.
    private static async Task<string[]> NotesAsync(World world) => ((string?)await world.Region.StringGetAsync("lm:history") ?? "").Split(' ', StringSplitOptions.RemoveEmptyEntries);

    private static long TimeOf(string note) => long.Parse(note.Split(':')[0]);

    /// <summary>What one Invalidator counts.</summary>
    private sealed class CollectedMetrics : IDisposable
    {
        private readonly MeterListener listener = new();
        private long deleted;
        private long memory;
        private long limit;

        public CollectedMetrics(RunningInvalidator invalidator)
        {
            var meters = invalidator.App.Services.GetRequiredService<IMeterFactory>();
            listener.InstrumentPublished = (instrument, listening) =>
            {
                if (ReferenceEquals(instrument.Meter.Scope, meters))
                    listening.EnableMeasurementEvents(instrument);
            };
            listener.SetMeasurementEventCallback<long>((instrument, value, _, _) => Take(instrument.Name, value));
            listener.Start();
        }

        public long Deleted => Interlocked.Read(ref deleted);

        public long Memory => Interlocked.Read(ref memory);

        public long Limit => Interlocked.Read(ref limit);

        public void Dispose() => listener.Dispose();

        private void Take(string instrument, long value)
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

/// <summary>An Invalidator that collects after a second.</summary>
public sealed class ShortLivedEntries(SharedServers servers) : PurgingInvalidator(servers, Lifetime)
{
    internal static readonly (string Key, string? Value) Lifetime = ("Invalidator:LongestEntryLifetime", "1s");
}
