using System.Diagnostics;
using LastMile.Events.Testing;
using Xunit;

namespace LastMile.Events.EndToEnd.Tests;

/// <summary>
/// Measures the time from a commit until an independent region has dropped the key, with RabbitMQ running, stopped, and running again.
/// </summary>
[Long]
[MeasuresTime]
[Collection<OutageTests>]
public sealed class PurgeTimesTests(BreakableSystem system)
{
    private const int ChangesPerSecond = 20;

    private static readonly TimeSpan Phase = TimeSpan.FromSeconds(10);

    private int[] products = [];

    [Fact]
    public async Task An_independent_region_is_purged_within_a_second_while_the_broker_is_stopped()
    {
        var region = system.Regions[2];
        await region.IsHealthyAsync();
        // Each is changed again after ten seconds.
        products = system.Take(10 * ChangesPerSecond);
        await MeasureAsync(region, "RabbitMQ runs (warm-up)");
        var before = await MeasureAsync(region, "RabbitMQ runs");
        var broker = system.System.Servers.RabbitMq.Process;

        var during = MeasureAsync(region, "RabbitMQ is stopped");
        await broker.StopAsync();
        var stopped = await during;
        var after = MeasureAsync(region, "RabbitMQ starts");
        await broker.StartAsync();
        var started = await after;

        Assert.InRange(before.Max(), TimeSpan.Zero, TimeSpan.FromSeconds(3));
        foreach (var times in (List<TimeSpan>[])[stopped, started])
        {
            Assert.InRange(times.Count(time => time <= TimeSpan.FromSeconds(1)), times.Count * 95 / 100, times.Count);
            Assert.InRange(times.Max(), TimeSpan.Zero, TimeSpan.FromSeconds(3));
        }
    }

    private async Task<List<TimeSpan>> MeasureAsync(RunningRegion region, string label)
    {
        var cancellation = TestContext.Current.CancellationToken;
        var (waiting, begin) = (new List<Task<TimeSpan>>(), Stopwatch.GetTimestamp());
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(1) / ChangesPerSecond);
        while (Stopwatch.GetElapsedTime(begin) < Phase && await timer.WaitForNextTickAsync(cancellation))
        {
            var product = products[waiting.Count % products.Length];
            await region.FillAsync($"product:{product}");
            await system.ChangeAsync(product);
            waiting.Add(GoneAfterAsync(region, $"product:{product}"));
        }

        var times = (await Task.WhenAll(waiting)).Order().ToList();
        TestContext.Current.TestOutputHelper?.WriteLine(
            $"{label}: {times.Count} changes, p50 {At(0.5):0.0} ms, p95 {At(0.95):0.0} ms, p99 {At(0.99):0.0} ms, "
                + $"longest {times[^1].TotalMilliseconds:0} ms");
        return times;

        double At(double share) => times[(int)(share * (times.Count - 1))].TotalMilliseconds;
    }

    private static async Task<TimeSpan> GoneAfterAsync(RunningRegion region, string key)
    {
        var committed = Stopwatch.GetTimestamp();
        while (await region.HeldAsync(key) > 0)
            await Task.Delay(1, TestContext.Current.CancellationToken);
        return Stopwatch.GetElapsedTime(committed);
    }
}
